"""The checks of a plan: each finding with its place on the map; errors stop the approval, warnings must be explained.

Which kinds are run, and how grave their findings are, stands in the table `cells.models.PlanCheck`. Checks look at what
the plan changes and at its surroundings, never at the whole city.
"""

from cells.plans.checks.finding import CHECKS, Finding, findings, hindrances
from cells.plans.checks.remarks import CannotRemark, remark

__all__ = ["CHECKS", "CannotRemark", "Finding", "findings", "hindrances", "remark"]
