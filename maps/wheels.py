"""One GDAL, one GEOS, one PROJ in the process: those that the wheels of pyogrio and shapely carry.

GeoDjango would otherwise load the system's older libraries beside them (and warn, gis.W001). The files'
names carry a hash, so they are looked up. Must run before the first import of `django.contrib.gis`.
"""

import importlib.util
import os
from pathlib import Path


def _site(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the Python package {package} is not installed: run `make setup`")
    return Path(spec.origin).parent


def libraries() -> dict[str, str]:
    """GDAL_LIBRARY_PATH and GEOS_LIBRARY_PATH of the wheels, where found; sets PROJ_DATA and GDAL_DATA for them."""
    found: dict[str, str] = {}
    pyogrio = _site("pyogrio")
    for key, folder, pattern in (
        ("GDAL_LIBRARY_PATH", pyogrio.parent / "pyogrio.libs", "libgdal-*.so*"),
        ("GEOS_LIBRARY_PATH", _site("shapely").parent / "shapely.libs", "libgeos_c-*.so*"),
    ):
        files = sorted(folder.glob(pattern))
        if files:
            found[key] = str(files[0])
    if "GDAL_LIBRARY_PATH" in found:
        os.environ.setdefault("PROJ_DATA", str(pyogrio / "proj_data"))
        os.environ.setdefault("GDAL_DATA", str(pyogrio / "gdal_data"))
    return found
