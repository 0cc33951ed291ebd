"""Years of cases and of tracks that lie in files: their rates and their coverage, part by part, also on a cluster."""
