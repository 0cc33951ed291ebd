"""Plans: redraw the grids on top of an edition, step by step, with nothing to break and everything to undo.

    plan = open_plan(title="North side", by=user)
    done = apply(plan, "split", {"cells": [17], "line": [[lon, lat], [lon, lat]]}, revision=plan.revision, by=user)
    done = undo(plan, revision=done.revision, by=user)

A plan is an overlay on its base edition (`working`); an edit keeps the states before and after (`states`, `doing`).
Nothing of it is seen outside before it is published.
"""

from cells.plans.changed import Difference, changes
from cells.plans.checks import CannotRemark, Finding, findings, hindrances, remark
from cells.plans.choosing import BARRIERS, Border, borders, cells_in, flood
from cells.plans.colliding import Conflict, conflicts
from cells.plans.doing import Applied, steps_since
from cells.plans.editing import KINDS, apply
from cells.plans.errors import CannotDo, EditRefused, PlanClosed, PlanError, Since, StaleEdit
from cells.plans.geojson import features, to_lonlat
from cells.plans.listing import CommunityInPlan, GridInPlan, communities_of, grids_of
from cells.plans.opening import open_plan
from cells.plans.rebasing import Rebased, rebase
from cells.plans.rights import APPROVE, DRAW, MayNot, acts_open, require
from cells.plans.settling import CannotSettle, approve, mark_published, send, take_back, withdraw
from cells.plans.undoing import redo, undo
from cells.plans.working import Box, Cells, working_cells

__all__ = [
    "APPROVE",
    "BARRIERS",
    "DRAW",
    "KINDS",
    "Applied",
    "Border",
    "Box",
    "CannotDo",
    "CannotRemark",
    "CannotSettle",
    "Cells",
    "CommunityInPlan",
    "Conflict",
    "Difference",
    "EditRefused",
    "Finding",
    "GridInPlan",
    "MayNot",
    "PlanClosed",
    "PlanError",
    "Rebased",
    "Since",
    "StaleEdit",
    "acts_open",
    "apply",
    "approve",
    "borders",
    "cells_in",
    "changes",
    "communities_of",
    "conflicts",
    "features",
    "findings",
    "flood",
    "grids_of",
    "hindrances",
    "mark_published",
    "open_plan",
    "rebase",
    "redo",
    "remark",
    "require",
    "send",
    "steps_since",
    "take_back",
    "to_lonlat",
    "undo",
    "withdraw",
    "working_cells",
]
