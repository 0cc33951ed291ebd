// @ts-check
/** The map of what was solved: a dot in the middle of each block, with what it was. */
import { byId, element } from "../dom.js";

const config = JSON.parse(byId("config").textContent);

async function draw() {
  const { Popup, groundMap } = await import("./ground_map.js");
  byId("map").hidden = false;
  const map = groundMap(config.bounds, gettext("Map of what was solved; the list below has the newest in words"));
  const features = config.spots.map((/** @type {any} */ spot) => ({
    type: "Feature", geometry: { type: "Point", coordinates: [spot.lon, spot.lat] }, properties: { name: spot.name, closed: spot.closed },
  }));
  map.on("load", () => {
    map.addSource("solved", { type: "geojson", data: { type: "FeatureCollection", features } });
    map.addLayer({ id: "solved", type: "circle", source: "solved", paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 3, 14, 5, 16, 8], "circle-color": "#1d7a46", "circle-stroke-color": "#fff", "circle-stroke-width": 1 } });
  });
  map.on("click", "solved", (/** @type {any} */ event) => {
    const lines = event.features.slice(0, 6).map((/** @type {any} */ one) => element("div", {}, `${one.properties.closed} ${one.properties.name}`));
    new Popup().setLngLat(event.features[0].geometry.coordinates).setDOMContent(element("div", {}, lines)).addTo(map);
  });
}

if (byId("map")) draw();
document.documentElement.dataset.ready = "yes";
