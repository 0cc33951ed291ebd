"""The live impact of a plan: what it would do to grids, cases, deadlines and people, before it happens.

    seen = impact(plan)
    seen.cells_changing_hands, seen.cases_changing_owner, seen.as_data()

The work is proportional to the communities touched, not to the city: their cells and what lies in them are read by a
handful of queries (`ground`, `counting`), and everything else is sums (`figures`).
"""

from cases.impact.report import GridImpact, Impact, impact, loads
from cases.impact.rows import figure_names, impact_csv

__all__ = ["GridImpact", "Impact", "figure_names", "impact", "impact_csv", "loads"]
