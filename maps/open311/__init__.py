"""Open311 GeoReport v2: other programs report problems and follow what becomes of them, in XML and JSON.

The standard is kept to the letter where it speaks, and what it does not know is off unless asked for (`crs`, `bbox`,
`page`, `updated_after`, `extensions`, updates). Read it in this order: `urls`, `wire` (rows into XML or JSON),
`refusals` (what is wrong, as the standard tells it), `asking` (arguments out of a call), `discovery`, `offers`
(services and their questions), `calling` (what is sent in), `reporting` and `answers` (a report comes in), `adding` (a
further word on it), `requests` (what became of it), `updates` (news of cases). What may
come in and what everybody may see is decided in `cases.open_door`.
"""
