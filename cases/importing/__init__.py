"""Cases of another system taken in with their histories: routed in bulk, numbered, closed where they are closed there.

`files` reads and checks the rows, `reasons` says why each has the owner it has, `paths` which way through the workflow
table each went; the writing is set statements in `cases/sql`.
"""

from cases.importing.files import FIELDS, Options, import_cases

__all__ = ["FIELDS", "Options", "import_cases"]
