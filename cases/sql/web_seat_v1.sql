-- Under which role does a user work on a day, which grids are his, and may this login take that role? No row where
-- row-level security is not set up yet. Not the ORM: our own function, and PostgreSQL's roles.
-- The login is asked, not the role worn just now: whoever went away in the middle of a page (his browser broke it off) may
-- have left his on a connection of the pool, and the next reader takes his own in its place.
SELECT s.role, s.grids, to_regrole(quote_ident(s.role)) IS NOT NULL AND pg_has_role(session_user, s.role, 'member')
FROM cases_web_seat(%(user)s, %(day)s) s
