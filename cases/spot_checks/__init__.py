"""Spot checks (R20, 实地抽查): cells drawn by lot, seen by somebody who does not work there, held against cases.

`drawing` draws and verifies a month, by the pure rules of `lots`; `checkers` says who goes where; `taking` takes in
what a checker found; `counts` gives the facts of which the discovery rate is made.
"""
