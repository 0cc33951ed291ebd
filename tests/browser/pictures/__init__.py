"""`make pictures`: what the README shows, taken by a browser from cities made for it."""
