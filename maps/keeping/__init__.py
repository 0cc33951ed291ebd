"""Keeping a city safe: a backup that says what is in it row by row, and a restore that proves it is all there again."""
