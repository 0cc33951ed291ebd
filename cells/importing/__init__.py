"""A city's own files taken in: areas, layers, components; `cases.importing` adds the cases.

Every import goes the same way: `reading` gives the file in chunks, whatever its format; `columns` says which column is
which; `door` brings coordinates into the city's metres; `rejects` writes down each row left out and why; `staging`
copies the rest into a table that lasts as long as the transaction, from where one statement a step puts it in place.
An import is one transaction: stopped halfway it has left nothing, and rows known by their label or code are not taken
in twice, so starting again is all there is to resuming.
"""
