-- Counts of a period by who did the work: the user, then one count a fact in the order of the vocabulary, each credited to
-- the one whose act it was (who filed, who dispatched, …). What nobody has done yet is nobody's. Not the ORM: as
-- judging_counts_v1.sql.
SELECT p.who, min(f.edition), max(f.edition),
    count(*) FILTER (WHERE j.reports AND f.reported_by = p.who),
    count(*) FILTER (WHERE j.accepted AND f.filed_by = p.who),
    count(*) FILTER (WHERE j.self_handled AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.patrol_reports AND f.reported_by = p.who),
    count(*) FILTER (WHERE j.valid_patrol_reports AND f.reported_by = p.who),
    count(*) FILTER (WHERE j.filed AND f.filed_by = p.who),
    count(*) FILTER (WHERE j.filed_on_time AND f.filed_by = p.who),
    count(*) FILTER (WHERE j.void AND f.filed_by = p.who),
    count(*) FILTER (WHERE j.patrol_filed AND f.reported_by = p.who),
    count(*) FILTER (WHERE j.public_reports_verified AND f.filed_by = p.who),
    count(*) FILTER (WHERE j.missed_reports AND f.filed_by = p.who),
    count(*) FILTER (WHERE j.dispatched AND f.dispatched_by = p.who),
    count(*) FILTER (WHERE j.should_dispatch AND f.dispatched_by = p.who),
    count(*) FILTER (WHERE j.dispatched_on_time AND f.dispatched_by = p.who),
    count(*) FILTER (WHERE j.rework_of_dispatched AND f.dispatched_by = p.who),
    count(*) FILTER (WHERE j.verify_should_send AND f.verify_sent_by = p.who),
    count(*) FILTER (WHERE j.verify_sent_on_time AND f.verify_sent_by = p.who),
    count(*) FILTER (WHERE j.should_verify AND f.verified_by = p.who),
    count(*) FILTER (WHERE j.verified_on_time AND f.verified_by = p.who),
    count(*) FILTER (WHERE j.should_handle AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.handled AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.handled_on_time AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.check_should_send AND f.check_sent_by = p.who),
    count(*) FILTER (WHERE j.check_sent_on_time AND f.check_sent_by = p.who),
    count(*) FILTER (WHERE j.should_check AND f.checked_by = p.who),
    count(*) FILTER (WHERE j.checked_on_time AND f.checked_by = p.who),
    count(*) FILTER (WHERE j.should_close AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.on_hold AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.closed AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.closed_on_time AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.rework AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.extended AND f.handled_by = p.who),
    count(*) FILTER (WHERE j.closed_in AND f.closed_by = p.who),
    count(*) FILTER (WHERE j.closed_in_on_time AND f.closed_by = p.who),
    count(*) FILTER (WHERE j.closed_no_limit AND f.closed_by = p.who),
    count(*) FILTER (WHERE j.reopened AND f.reported_by = p.who),
    count(*) FILTER (WHERE j.should_escalate AND f.escalated_by = p.who),
    count(*) FILTER (WHERE j.escalated AND f.escalated_by = p.who)
FROM cases_casefacts f
CROSS JOIN LATERAL cases_judged(f, %(since)s, %(until)s, %(as_of)s) j
CROSS JOIN LATERAL (
    SELECT DISTINCT who
    FROM unnest(ARRAY[f.check_sent_by, f.checked_by, f.closed_by, f.dispatched_by, f.escalated_by, f.filed_by, f.handled_by, f.reported_by, f.verified_by, f.verify_sent_by]) who
    WHERE who IS NOT NULL
) p
WHERE f.reported_at < %(until)s AND f.last_at >= %(since)s
  AND (%(within)s::bigint IS NULL OR %(within)s IN (f.city_id, f.district_id, f.town_id, f.community_id, f.grid_id))
GROUP BY 1
