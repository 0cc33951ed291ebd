// @ts-check
/** The map of a patrol record: the track over the city, its beginning and its end. */
import { get } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId } from "../dom.js";

const config = JSON.parse(byId("config").textContent);
const END = { radius: 7, weight: 2, color: "#fff", fillOpacity: 1, interactive: false };

async function start() {
  if (!config.bounds) return;
  const [city, track] = await Promise.all([CityMap.open(config, null), get(config.track)]);
  const lines = track.geometry.coordinates.map((/** @type {number[][]} */ line) => line.map(([lon, lat]) => [lat, lon]));
  if (lines.length) {
    const way = L.polyline(lines, { color: "#b5126f", weight: 3, opacity: 0.8, interactive: false }).addTo(city.leaflet);
    L.circleMarker(lines[0][0], { ...END, fillColor: "#1d7a46" }).addTo(city.leaflet);
    L.circleMarker(lines.at(-1).at(-1), { ...END, fillColor: "#b3261e" }).addTo(city.leaflet);
    city.leaflet.fitBounds(way.getBounds(), { padding: [20, 20], maxZoom: 18, animate: false });
  }
  document.documentElement.dataset.track = String(lines.length);
}

start();
