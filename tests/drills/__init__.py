"""Drills on a city that is really served: a bad day, made on purpose, and how it was got through, in figures."""
