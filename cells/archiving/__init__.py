"""Years of places, as Parquet, snapped to cells part by part: on the cores of a laptop, or on a cluster of Dask."""
