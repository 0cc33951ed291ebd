"""From the edition in force to the next: by what becomes of some cells, or by taking the last step back.

    made = succeed([NextCell(17, shape, community, grid), NextCell(-1, other, community, grid, parents=(17,))], by=user)
    back = take_back(made.edition, by=user)

Both are one transaction under the lock of `cells.editions`, prove before they end that the changed cells tile exactly
what they tiled before, and cost as much as was changed, not as the city is large. The parts: `steps` (what goes in and
comes out), `beginning` (the lock and the new edition), `numbering` (codes, none given twice), `succeeding`,
`areas` (the grids above the changed cells), `returning`.
"""

from cells.editions import CannotPublish
from cells.succession.returning import take_back
from cells.succession.steps import NewGrid, NextCell, Succession
from cells.succession.succeeding import succeed

__all__ = ["CannotPublish", "NewGrid", "NextCell", "Succession", "succeed", "take_back"]
