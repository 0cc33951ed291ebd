"""What everybody may do without an account: report, join a report, follow it by a code, judge the answer.

Requests of strangers work in PostgreSQL under a role that sees no case at all. What they are told past it is read in
these modules alone, inside `as_owner`, by name of each column: no caller, no words of a caller, no note of the history,
nobody who works on a case. Read it in this order: `codes`, `limits`, `reporting`, `following`, `solved`.
"""
