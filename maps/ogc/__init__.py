"""OGC API – Features (Parts 1 and 2) below `/ogc/`: grids, cells, components and cases for the maps of other programs.

Grids of every level and unit cells are open to everybody; components and cases to programs with a token, and of cases
nothing is told but what the REST door tells. Read it in this order: `collections` (what there is), `asking`
(arguments), `answers` (features), `about` (landing page, conformance, the document), `urls`.
"""
