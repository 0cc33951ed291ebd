-- Empties the marks of records whose points are not kept any more: nothing is compared with them.
UPDATE cases_patrolrecord SET path_marks = '{}', place_marks = '{}', compared = true
WHERE day < %(before)s AND (path_marks <> '{}' OR place_marks <> '{}')
