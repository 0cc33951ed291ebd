"""The demo city: a made-up Chinese city, the same for the same seed, big enough to try everything on.

Read it in this order: `plan` (rings, avenues, the warp), `water`, `network` (noding, faces), `land` (what each block
is), `compounds` (roads inside blocks), `buildings`, `territory` (communities, towns, districts), `names`, `places`,
`components`, `city` (all of it as one frozen DemoCity), `loading` (into the database).
"""
