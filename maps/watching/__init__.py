"""What an operator sees of the running site: lines of the log, figures, whether it is alive and ready.

`request_log` goes round every request; `lines` writes the log so that nobody forges a line; `readiness` and `figures`
answer `/readyz` and `/metrics`, which stand before every page: they work where the database, and so the login, is away.
"""
