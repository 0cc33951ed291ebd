"""How well the work is done: facts of cases, the indicators made of them, schemes, and rankings with what follows.

`counting` reads histories and clocks into one row of facts a case; `rates` counts them for any unit and period and
makes the indicators; `ranking` scores units by a scheme; `publishing` freezes a month, `register` holds fines and
rewards; `appeals` lets units contest what is counted. What judges by other facts (spot checks) adds names to
`vocabulary` and counts to `rates`.
"""
