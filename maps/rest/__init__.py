"""The REST door: JSON for other programs below `/rest/v1/`, with OpenAPI 3.1 at `/rest/v1/openapi.json`.

Everything needs a token (`manage.py create_token`) with a scope; what is read is what the token's territory may see,
without callers, people, notes or photos, and words only once the desk has read them. Read it in this order: `shapes`
(what is told), `paging` (cursors), `door` (the API itself: tokens, problems, its document), then the answers: `cases`,
`ground`, `work`; `urls` puts them together.
"""
