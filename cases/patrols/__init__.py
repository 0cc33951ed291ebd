"""Patrols (巡查): tracks come in, visits to cells follow from them, rates and records are read from those.

`taking` takes batches and `files` files of points; `deriving` says what follows from a day's points; `days` knows the
days and their partitions, `ground` the cells and streets they are counted on; `rates` are the figures for pages,
`records` the officer's own day, `rounds` what to walk next.
"""
