-- Begin anew, with an edition, the versions of responsibility grids that the edition it takes back had ended: every
-- column as it was, the shape byte for byte. Not the ORM: copied inside the database. Index of until_id.
INSERT INTO cells_gridversion
    (grid_id, since_id, parent_id, name_zh, name_en, source_label, shape, area_m2, land_use, management_grade,
     responsible_party, initial_date, end_date, note)
SELECT grid_id, %(edition)s, parent_id, name_zh, name_en, source_label, shape, area_m2, land_use, management_grade,
       responsible_party, initial_date, end_date, note
FROM cells_gridversion
WHERE until_id = %(taken)s
