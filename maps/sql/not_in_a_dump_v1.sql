-- What a dump does not carry, as it belongs to PostGIS: its two functions that may be asked before the policies of rows
-- (cases/sql/row_security_v2.sql says why they may). Without the right to say so all works, more slowly.
DO $$
BEGIN
    ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF;
    ALTER FUNCTION st_dwithin(geometry, geometry, double precision) LEAKPROOF;
EXCEPTION
    WHEN insufficient_privilege OR undefined_function THEN
        NULL;
END
$$
