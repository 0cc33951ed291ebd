-- What a move goes by besides the case's row, which it holds by now: the stamp of the calendar, the limits and the rules
-- (as tables_stamp_v1), and the moment of the last line of the history (null: there is none). By `case_history`.
-- Not the ORM: two tables in one round trip, one of which has no model.
SELECT (SELECT stamp FROM cases_tablestamp),
       (SELECT at FROM cases_caseevent WHERE case_id = %(case)s ORDER BY id DESC LIMIT 1)
