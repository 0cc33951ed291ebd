"""Plans take effect, and editions are taken back: the grids, what stands on them, and the cases that are open.

    done = publish_plan(plan, by=user)            an approved plan is the edition in force, or CannotPublish
    clashes = conflicts(plan)                     what other editions changed under it, cell by cell
    going_on = rebase(plan, revision=…, by=user)  puts it on the edition in force, without what collides
    back = revert_edition(done.edition, by=user)  the next edition has the grids of the one before
    publish_due()                                 approved plans whose date has come

Each is one transaction: the city is wholly in the one edition or in the other. The parts: `plans`, `reverting`,
`redrawing` (open cases, their history, messages to both owners), `published` (what came of it).
"""

from cases.publishing.plans import publish_due, publish_plan
from cases.publishing.published import Published
from cases.publishing.reverting import revert_edition
from cells.editions import CannotPublish
from cells.plans import Conflict, Rebased, conflicts, rebase

__all__ = [
    "CannotPublish",
    "Conflict",
    "Published",
    "Rebased",
    "conflicts",
    "publish_due",
    "publish_plan",
    "rebase",
    "revert_edition",
]
