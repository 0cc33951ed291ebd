"""Hot spots of cases: counts gathered set-based, statistics from `spatial`, and a sentence for each spot."""
