-- Counts of a period by unit of one level: the key of the unit (empty: on nobody's ground), the first and last edition by
-- which its cases were placed, then one count a fact in the order of the vocabulary. Not the ORM: one pass over the
-- period's rows, by the index `facts_of_period` where the period is a small part of them.
SELECT CASE %(level)s
        WHEN 'city' THEN f.city_id
        WHEN 'district' THEN f.district_id
        WHEN 'town' THEN f.town_id
        WHEN 'community' THEN f.community_id
        WHEN 'grid' THEN f.grid_id
        WHEN 'cell' THEN f.cell_id
        WHEN 'owner' THEN f.owner_id
        WHEN 'department' THEN f.department_id
    END AS unit,
    min(f.edition), max(f.edition),
    count(*) FILTER (WHERE j.reports),
    count(*) FILTER (WHERE j.accepted),
    count(*) FILTER (WHERE j.self_handled),
    count(*) FILTER (WHERE j.patrol_reports),
    count(*) FILTER (WHERE j.valid_patrol_reports),
    count(*) FILTER (WHERE j.filed),
    count(*) FILTER (WHERE j.filed_on_time),
    count(*) FILTER (WHERE j.void),
    count(*) FILTER (WHERE j.patrol_filed),
    count(*) FILTER (WHERE j.public_reports_verified),
    count(*) FILTER (WHERE j.missed_reports),
    count(*) FILTER (WHERE j.dispatched),
    count(*) FILTER (WHERE j.should_dispatch),
    count(*) FILTER (WHERE j.dispatched_on_time),
    count(*) FILTER (WHERE j.rework_of_dispatched),
    count(*) FILTER (WHERE j.verify_should_send),
    count(*) FILTER (WHERE j.verify_sent_on_time),
    count(*) FILTER (WHERE j.should_verify),
    count(*) FILTER (WHERE j.verified_on_time),
    count(*) FILTER (WHERE j.should_handle),
    count(*) FILTER (WHERE j.handled),
    count(*) FILTER (WHERE j.handled_on_time),
    count(*) FILTER (WHERE j.check_should_send),
    count(*) FILTER (WHERE j.check_sent_on_time),
    count(*) FILTER (WHERE j.should_check),
    count(*) FILTER (WHERE j.checked_on_time),
    count(*) FILTER (WHERE j.should_close),
    count(*) FILTER (WHERE j.on_hold),
    count(*) FILTER (WHERE j.closed),
    count(*) FILTER (WHERE j.closed_on_time),
    count(*) FILTER (WHERE j.rework),
    count(*) FILTER (WHERE j.extended),
    count(*) FILTER (WHERE j.closed_in),
    count(*) FILTER (WHERE j.closed_in_on_time),
    count(*) FILTER (WHERE j.closed_no_limit),
    count(*) FILTER (WHERE j.reopened),
    count(*) FILTER (WHERE j.should_escalate),
    count(*) FILTER (WHERE j.escalated)
FROM cases_casefacts f
CROSS JOIN LATERAL cases_judged(f, %(since)s, %(until)s, %(as_of)s) j
WHERE f.reported_at < %(until)s AND f.last_at >= %(since)s
  AND (%(within)s::bigint IS NULL OR %(within)s IN (f.city_id, f.district_id, f.town_id, f.community_id, f.grid_id))
GROUP BY 1
