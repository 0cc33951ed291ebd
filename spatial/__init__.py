"""Geometry of a divided city: arrays in, arrays out. Knows no database and no Django (but in `postgis`)."""
