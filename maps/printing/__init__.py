"""Maps on paper: a report is laid out once, as marks in millimetres, and drawn from these as PDF or as a picture.

`sheet` says what a report is and lays it out; `pdf` and `png` draw its pages; `ground` is the quiet map underneath;
`hotspots` and `gaps` are reports. Whoever prints another map fills a `sheet.Report`.
"""
