-- Under which role does a user work on a day, which grids are his, and may this login take that role? No row where
-- row-level security is not set up yet. Not the ORM: our own function, and PostgreSQL's roles.
SELECT s.role, s.grids, to_regrole(quote_ident(s.role)) IS NOT NULL AND pg_has_role(s.role, 'member')
FROM cases_web_seat(%(user)s, %(day)s) s
