"""Paid correction (R18, 有偿整改): what problems that are not put right in time cost a unit's budget.

`items` takes in the city's table; `amounts` is the arithmetic, in exact decimals; `statement` says what a month
comes to, by unit and case; `book` closes months and enters corrections.
"""
