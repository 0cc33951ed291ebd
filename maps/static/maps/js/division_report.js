// @ts-check
/** The division on the map: every cell coloured by how far its area is from the target; figures as they are measured. */
import { get } from "./api.js";
import { CityMap } from "./city_map.js";
import { byId, element } from "./dom.js";

const config = JSON.parse(byId("config").textContent);
const T = config.target_m2;
/** Upper bounds in targets and their colours: too small is blue, right is pale, too large is orange; safe for colour-blind eyes. */
const STEPS = /** @type {[number, string, string][]} */ ([
  [0.5, "#2b6cb0", "< 50 %"], [0.75, "#90c0e8", "50–75 %"], [1.25, "#e9efe6", "±25 %"], [1.5, "#f3b562", "125–150 %"], [Infinity, "#c2501a", "> 150 %"],
]);

/** @param {string} form @param {number} value */
function written(form, value) {
  if (form === "share") return `${(value * 100).toFixed(value > 0 && value < 0.01 ? 2 : 1)} %`;
  if (form === "m2") return `${Math.round(value).toLocaleString()} m²`;
  if (form === "seconds") return `${value.toFixed(1)} s`;
  return Number.isInteger(value) ? value.toLocaleString() : value.toFixed(3);
}

byId("ramp").append(...STEPS.map(([, colour, words]) => {
  const swatch = element("span", { "aria-hidden": "true" });
  swatch.style.background = colour;
  return element("li", {}, swatch, words);
}));

get("/api/division").then((figures) => {
  for (const cell of document.querySelectorAll("#figures dd")) {
    const { key, form } = /** @type {HTMLElement} */ (cell).dataset;
    cell.textContent = written(form ?? "", figures[key ?? ""]);
  }
  byId("figures").setAttribute("aria-busy", "false");
}, (problem) => {
  for (const cell of document.querySelectorAll("#figures dd")) cell.textContent = "–";
  byId("under").textContent = problem.message;
  byId("under").hidden = false;
});

const city = await CityMap.open(config, null);
city.whenDrawn(() => {
  const colours = ["step", ["/", ["get", "area"], T], STEPS[0][1], ...STEPS.slice(0, -1).flatMap(([bound], i) => [bound, STEPS[i + 1][1]])];
  const cells = { source: "grids", "source-layer": "cells" };
  // Further out, where cells are too small to see: each community by its share of cells within a quarter of the target.
  const shares = [...document.querySelectorAll("#communities tr")].flatMap((row) => {
    const { id, share } = /** @type {HTMLElement} */ (row).dataset;
    return [Number(id), Number(share)];
  });
  if (shares.length) {
    const share = ["match", ["id"], ...shares, 1];
    city.drawn.addLayer({ id: "community-evenness", type: "fill", source: "grids", "source-layer": "grids", maxzoom: 13, filter: ["==", ["get", "level"], "community"],
      paint: { "fill-color": ["interpolate", ["linear"], share, 0.5, "#c2501a", 0.85, "#f3b562", 0.97, "#e9efe6"], "fill-opacity": 0.75 } }, "border-grid");
  }
  city.drawn.addLayer({ id: "cell-area", type: "fill", ...cells, minzoom: 13, paint: { "fill-color": colours, "fill-opacity": 0.78 } }, "border-grid");
  city.drawn.addLayer({ id: "cell-edge", type: "line", ...cells, minzoom: 13, paint: { "line-color": "#7d2a5c", "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.3, 17, 1.2] } }, "border-grid");
  for (const id of ["case", "case-name", "case-count", "case-count-number", "component", "component-name", "place"]) city.drawn.setLayoutProperty(id, "visibility", "none");
});

city.leaflet.on("mousemove click", (/** @type {any} */ event) => {
  const [hit] = city.at(event.latlng, ["cell-area"], 0);
  const under = byId("under");
  under.hidden = !hit;
  if (hit) under.textContent = `${hit.properties.code} · ${hit.properties.area.toLocaleString()} m² · ${((hit.properties.area / T) * 100).toFixed(0)} %`;
});

byId("communities").addEventListener("click", async (/** @type {any} */ event) => {
  const code = event.target.dataset.code;
  if (!code) return;
  const { places } = await get("/api/search", { q: code });
  const [place] = places;
  if (!place) return;
  city.leaflet.setView([place.lat, place.lon], 16, { animate: false });
  city.choose(null, Number(event.target.closest("tr").dataset.id));
});
