"""The corner where geometry meets Django and PostGIS: fields in the city's CRS, SQL kept in files, conversions."""
