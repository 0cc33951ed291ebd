-- Under which role does a program with a token work, in the whole city or in a territory, and may this login take that
-- role? Never one that reads who called. As web_seat_v1, which asks for people.
SELECT s.role, to_regrole(quote_ident(s.role)) IS NOT NULL AND pg_has_role(session_user, s.role, 'member')
FROM (SELECT cases_web_role(CASE WHEN %(whole)s THEN '_city' ELSE '' END) AS role) s
