// @ts-check
/** The coverage map: every cell coloured by what is known of it, or by one gap; beside it the list of the cells chosen. */
import { Problem, get } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId, element } from "../dom.js";
import { nameOf } from "../formats.js";
import { CLASSES, LAYERS, has, listed, walked } from "./words.js";

const MOST_LISTED = 200;
const NOTHING = { type: "FeatureCollection", features: [] };
const config = JSON.parse(byId("config").textContent);
const page = document.documentElement.dataset;
const named = new URLSearchParams(location.hash.slice(1)).get("show") ?? "";
let chosen = named in CLASSES || named in LAYERS ? named : "nobody_looked";
let found = /** @type {any} */ (null), cells = /** @type {any[]} */ ([]);
let asking = /** @type {AbortController | null} */ (null);
const words = (/** @type {string} */ name) => (CLASSES[name]?.words ?? LAYERS[name])();

/** Dark strokes from corner to corner, 8 × 8 pixels that join. */
function hatch() {
  const data = new Uint8Array(8 * 8 * 4);
  for (let y = 0; y < 8; y += 1) for (let x = 0; x < 8; x += 1) if ((x + y) % 8 < 2) data.set([60, 60, 60, 255], (y * 8 + x) * 4);
  return { width: 8, height: 8, data };
}

const city = await CityMap.open(config, null);
city.whenDrawn(() => {
  const { drawn } = city;
  for (const id of ["case", "case-name", "case-count", "case-count-number", "case-light", "case-late", "component", "component-name", "place", "cell"]) if (drawn.getLayer(id)) drawn.setLayoutProperty(id, "visibility", "none");
  drawn.addImage("hatch", hatch());
  drawn.addSource("gaps", { type: "geojson", data: NOTHING });
  drawn.addLayer({ id: "gaps", type: "fill", source: "gaps", paint: { "fill-color": "#d9dedd", "fill-opacity": 0.75 } }, "border-grid");
  drawn.addLayer({ id: "gaps-hatch", type: "fill", source: "gaps", paint: { "fill-pattern": "hatch", "fill-opacity": 0.75 } }, "border-grid");
  drawn.addLayer({ id: "gaps-edge", type: "line", source: "gaps", paint: { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.1, 15, 1] } }, "border-grid");
  drawn.addLayer({ id: "gaps-chosen", type: "line", source: "gaps", filter: ["==", ["get", "code"], ""], paint: { "line-color": "#10242e", "line-width": 4 } });
  colour(true);
});

/** @param {boolean} [fresh] whether the cells are others than before */
function colour(fresh = false) {
  const { drawn } = city;
  if (!found || !drawn.getLayer("gaps")) return;
  if (fresh) drawn.getSource("gaps").setData({ type: "FeatureCollection", features: found.features });
  const byClass = Object.entries(CLASSES).flatMap(([name, { colour: its }]) => [name, its]);
  const inLayer = ["in", chosen, ["get", "layers"]];
  const layer = chosen in LAYERS;
  drawn.setPaintProperty("gaps", "fill-color", layer ? ["case", inLayer, "#9c1238", "#d9dedd"] : ["match", ["get", "class"], ...byClass, "#d9dedd"]);
  drawn.setFilter("gaps-hatch", layer ? inLayer : ["==", ["get", "class"], "nobody_looked"]);
}

async function load() {
  asking?.abort();
  asking = new AbortController();
  delete page.coverage;
  byId("trouble").hidden = true;
  byId("classes").setAttribute("aria-busy", "true");
  try {
    found = await get("/api/gaps", { day: byId("day").value || config.today, days: byId("days").value || config.days }, asking.signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    byId("trouble").textContent = error instanceof Problem ? error.message : gettext("No connection to the server.");
    byId("trouble").hidden = false;
    return;
  }
  cells = found.features.map((/** @type {any} */ feature) => feature.properties);
  byId("classes").setAttribute("aria-busy", "false");
  byId("part").hidden = found.whole;
  draw();
  colour(true);
  // Whose ground is a part of the city comes to it first.
  if (!found.whole && !page.home) frame(found.features);
  page.home = "shown";
  page.coverage = String(found.figures.cells);
}

/** @param {string} name @param {number} count @param {string} swatch */
const choice = (name, count, swatch) => element("li", {}, element("button", { type: "button", "aria-pressed": String(chosen === name), "data-test": `show-${name}`, onclick: () => choose(name) },
  element("i", { class: `swatch ${swatch}`, "aria-hidden": "true" }), element("span", {}, words(name)), element("b", {}, count.toLocaleString())));

function draw() {
  byId("classes").replaceChildren(...Object.keys(CLASSES).map((name) => choice(name, found.figures[name], name)));
  byId("layers").replaceChildren(...Object.keys(LAYERS).map((name) => choice(name, found.figures.layers[name], "layer")));
  const rows = listed(cells, chosen);
  byId("shown").textContent = words(chosen);
  byId("how-many").textContent = interpolate(gettext("%s of %s"), [Math.min(rows.length, MOST_LISTED).toLocaleString(), rows.length.toLocaleString()]);
  byId("cells").replaceChildren(...rows.slice(0, MOST_LISTED).map((cell) => element("tr", { "data-cell": cell.code },
    element("td", {}, element("button", { type: "button", class: "link", onclick: () => show(cell.code) }, cell.code), element("span", { class: "code" }, nameOf(found.communities[cell.community]))),
    element("td", {}, walked(cell)),
    element("td", {}, ...people(cell)))));
  if (!rows.length) byId("cells").append(element("tr", {}, element("td", { colspan: 3, class: "hint" }, gettext("No cell here."))));
}

/** @param {any} cell */
function people(cell) {
  const those = found.people[cell.grid] ?? [];
  if (!those.length) return [element("span", { class: "nobody" }, gettext("nobody"))];
  return those.map((/** @type {any} */ person) => element("span", { class: "person" }, `${nameOf(person)} `,
    person.telephone && element("a", { class: "telephone", href: `tel:${person.telephone}` }, person.telephone)));
}

/** @param {string} name */
function choose(name) {
  chosen = name;
  history.replaceState(null, "", `#show=${name}`);
  draw();
  colour();
}

/** Come to some cells. @param {any[]} features */
function frame(features) {
  const corners = features.flatMap((one) => one.geometry.coordinates[0].map((/** @type {[number, number]} */ [lon, lat]) => [lat, lon]));
  if (corners.length) city.leaflet.fitBounds(L.latLngBounds(corners), { padding: [40, 40], maxZoom: 16, animate: false });
}

/** @param {string} code */
function show(code) {
  frame(found.features.filter((/** @type {any} */ one) => one.id === code));
  city.drawn.setFilter("gaps-chosen", ["==", ["get", "code"], code]);
  if (window.innerWidth <= 760) byId("map").scrollIntoView({ block: "center" });
}

for (const id of ["day", "days"]) byId(id).addEventListener("change", load);
city.leaflet.on("mousemove", (/** @type {any} */ event) => {
  const [hit] = city.drawn.getLayer("gaps") ? city.at(event.latlng, ["gaps"], 0) : [];
  byId("under").hidden = !hit;
  const cell = hit && cells.find((one) => one.code === hit.properties.code);
  if (!cell) return;
  const missing = Object.keys(LAYERS).filter((name) => has(cell, name)).map(words);
  byId("under").textContent = [cell.code, words(cell.class), ...missing].join(" · ");
});
/** @type {any} */ (window).wanmi = { city };
await load();
