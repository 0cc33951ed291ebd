-- When is nobody of a team on duty, from one moment up to another? One row a gap; a team without any gap has none.
-- Without `teams` (NULL) all that are there and whose trade is on duty day and night.
--
-- Not the ORM: what is left of the time when the shifts are taken out of it, as multiranges; index duty_of_team.
SELECT t.id, lower(gap), upper(gap)
FROM cells_team t
JOIN cells_teamkind k ON k.slug = t.kind_id
CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(tstzrange(s.starts_at, s.ends_at)), '{}'::tstzmultirange) AS covered
    FROM cells_dutyshift s
    WHERE s.team_id = t.id AND s.ends_at > %(since)s AND s.starts_at < %(until)s
) duty
CROSS JOIN LATERAL unnest(tstzmultirange(tstzrange(%(since)s, %(until)s)) - duty.covered) AS gap
WHERE CASE WHEN %(teams)s::bigint[] IS NULL THEN t.is_active AND k.round_the_clock ELSE t.id = ANY(%(teams)s::bigint[]) END
ORDER BY t.id, lower(gap)
