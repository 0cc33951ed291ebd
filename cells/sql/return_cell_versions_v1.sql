-- Begin anew, with an edition, the versions of unit cells that the edition it takes back had ended: every column as it
-- was, the shape byte for byte. Not the ORM: copied inside the database. Index of until_id.
INSERT INTO cells_cellversion
    (cell_id, since_id, community_id, grid_id, shape, area_m2, perimeter_m, land_use, management_grade,
     responsible_party, initial_date, end_date, note)
SELECT cell_id, %(edition)s, community_id, grid_id, shape, area_m2, perimeter_m, land_use, management_grade,
       responsible_party, initial_date, end_date, note
FROM cells_cellversion
WHERE until_id = %(taken)s
