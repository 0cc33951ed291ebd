-- Is the working calendar still what it was read as? One print over the few rows it is made of (1 ms for three years).
-- Not the ORM: a count and a latest date would miss an edit that changes neither; the text of the rows misses none.
SELECT md5(concat_ws(
    '|',
    (SELECT string_agg(w::text, ';' ORDER BY w.id) FROM cases_workhours AS w),
    (SELECT string_agg(d::text, ';' ORDER BY d.day) FROM cases_specialday AS d),
    (SELECT string_agg(y.year::text, ';' ORDER BY y.year) FROM cases_calendaryear AS y),
    (SELECT r.value::text FROM cells_rule AS r WHERE r.slug = 'limit_workday_hours')
))
