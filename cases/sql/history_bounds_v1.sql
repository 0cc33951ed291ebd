-- The lowest and the highest id of a case that has a row, a line of history or a seal; NULL where there is none.
SELECT least((SELECT min(id) FROM cases_case), (SELECT min(case_id) FROM cases_caseevent),
             (SELECT min(case_id) FROM cases_historyseal)),
       greatest((SELECT max(id) FROM cases_case), (SELECT max(case_id) FROM cases_caseevent),
                (SELECT max(case_id) FROM cases_historyseal))
