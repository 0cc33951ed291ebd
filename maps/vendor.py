"""Copies what the pages load from node_modules to static/maps/vendor/<name>, with each licence beside it.

    maps/vendor.py

No bundler: the files are served as their makers ship them, from our own server. The release stands in STATIC_URL, so
folder names carry no versions; package-lock.json pins them.
"""

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
VENDOR = HERE / "static" / "maps" / "vendor"
FILES = {
    "leaflet": (
        "dist/leaflet.js",
        "dist/leaflet.css",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "dist/images/marker-icon.png",
        "dist/images/marker-icon-2x.png",
        "dist/images/marker-shadow.png",
    ),
    "maplibre-gl": (
        "dist/maplibre-gl.mjs",
        "dist/maplibre-gl-shared.mjs",
        "dist/maplibre-gl-worker.mjs",
        "dist/maplibre-gl.css",
    ),
    "@maplibre/maplibre-gl-leaflet": ("leaflet-maplibre-gl.js",),
    "@geoman-io/leaflet-geoman-free": ("dist/leaflet-geoman.min.js", "dist/leaflet-geoman.css"),
    "leaflet.heat": ("dist/leaflet-heat.js",),
}


def copy() -> list[Path]:
    """Make the vendor folder anew; the files written. The old one is replaced only when the new one is whole."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    written = []
    for package, names in FILES.items():
        source, target = MODULES / package, fresh / package.rsplit("/", 1)[-1]
        licences = [p.name for p in source.iterdir() if p.name.upper().startswith("LICENSE")]
        for name in (*names, *licences):
            file = target / name.removeprefix("dist/")
            file.parent.mkdir(parents=True, exist_ok=True)
            text = (source / name).read_bytes()
            if file.suffix in {".js", ".mjs"}:
                # The maps to the sources are not shipped; a browser's tools would ask for them in vain.
                text = b"\n".join(line for line in text.split(b"\n") if not line.startswith(b"//# sourceMappingURL="))
            file.write_bytes(text)
            written.append(file)
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    return written


if __name__ == "__main__":
    copy()
