"""Communities of the city into unit cells, and upwards: third-level grids from cells, every shape above derived.

`divide_cells` takes the draft edition (or opens one), computes the cells of its communities on all cores, keeping each
community's result as it comes, nodes the whole city on the 1 mm grid so that neighbours share every vertex, numbers the
new cells, writes them, derives the shapes of grids, communities, towns, districts and city as exact unions, and
publishes. The parts: `work` (computing, resumable), `tiling` (the final cells and their numbers), `ladder` (everything
above the cell), `report` (how good it is).
"""

from cells.division.divide import DivisionError, Outcome, divide_cells
from cells.division.report import by_community, division_report

__all__ = ["DivisionError", "Outcome", "by_community", "divide_cells", "division_report"]
