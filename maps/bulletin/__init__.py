"""The monthly bulletin (月报): what a month was, for those who sit round a table over it.

`telling` puts it together of what is counted elsewhere and counts nothing itself; `blocks` is what it is made of;
`document` writes it as docx, `paper` as PDF; `kept` makes last month's by itself and keeps it.
"""
