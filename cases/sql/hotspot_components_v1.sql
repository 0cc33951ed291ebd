-- The places of all components that the city keeps, in metres; a sequential scan, once for a map by components. Lost and
-- abandoned ones are no longer there for anything to happen to.
SELECT ST_X(place), ST_Y(place) FROM cells_component WHERE state NOT IN ('lost', 'abandoned')
