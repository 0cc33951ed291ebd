// @ts-check
/** The staffing map: every third-level grid coloured by what is missing there; a list by class beside it; a click opens the grid's card. */
import { Problem, get } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId, element } from "../dom.js";
import { nameOf } from "../formats.js";
import { chip, drawCard } from "./card.js";
import { CLASSES, sorted } from "./words.js";

const config = JSON.parse(byId("config").textContent);
const page = document.documentElement.dataset;
const given = new URLSearchParams(location.hash.slice(1));
const state = {
  chosen: given.get("class") && given.get("class") in CLASSES ? given.get("class") : null,
  grid: Number(given.get("grid")) || null,
  by: "gap", down: true,
};
let found = /** @type {any} */ (null);
let asking = /** @type {AbortController | null} */ (null), opening = /** @type {AbortController | null} */ (null);
const THIRD = { source: "third", "source-layer": "third" };

function remember() {
  const hash = new URLSearchParams();
  if (state.chosen) hash.set("class", state.chosen);
  if (state.grid) hash.set("grid", String(state.grid));
  history.replaceState(null, "", hash.size ? `#${hash}` : location.pathname);
}

/** @param {string} words */
function trouble(words) {
  byId("trouble").textContent = words;
  byId("trouble").hidden = !words;
}
/** @param {any} error */
const told = (error) => (error instanceof Problem ? error.message : gettext("No connection to the server."));

const city = await CityMap.open(config, null);
city.whenDrawn(() => {
  const { drawn } = city;
  for (const id of ["case", "case-name", "case-count", "case-count-number", "case-light", "case-late", "component", "component-name", "place", "cell"]) if (drawn.getLayer(id)) drawn.setLayoutProperty(id, "visibility", "none");
  drawn.addSource("third", { type: "vector", tiles: [`${location.origin}/tiles/third/{z}/{x}/{y}.mvt`], minzoom: 6, maxzoom: 18 });
  drawn.addLayer({ id: "third", type: "fill", ...THIRD, paint: { "fill-color": CLASSES.well.colour, "fill-opacity": 0 } }, "border-grid");
  drawn.addLayer({ id: "third-edge", type: "line", ...THIRD, paint: { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.4, 14, 1.4], "line-opacity": 0.9 } }, "border-grid");
  // Not by colour alone: where nobody is responsible the border is thick and dark.
  drawn.addLayer({ id: "third-nobody", type: "line", ...THIRD, filter: ["in", ["id"], ["literal", []]], paint: { "line-color": "#4d0519", "line-width": 2.6 } }, "border-community");
  drawn.addLayer({ id: "third-chosen", type: "line", ...THIRD, filter: ["==", ["id"], -1], paint: { "line-color": "#10242e", "line-width": 4 } }, "border-community");
  colour();
});

/** Colour the grids by their gravest gap, or by the class that is chosen. */
function colour() {
  if (!found || !city.drawn.getLayer("third")) return;
  const ids = (/** @type {string} */ name) => (name === "well" ? found.well : found.missing.filter((/** @type {any} */ g) => (state.chosen ? g.gaps.includes(name) : g.gaps[0] === name)).map((/** @type {any} */ g) => g.id));
  const names = Object.keys(CLASSES).filter((name) => !state.chosen || name === state.chosen);
  const cases = names.flatMap((name) => {
    const its = ids(name);
    return its.length ? [its, CLASSES[name].colour] : [];
  });
  const here = [...found.well, ...found.missing.map((/** @type {any} */ g) => g.id)];
  city.drawn.setPaintProperty("third", "fill-color", cases.length ? ["match", ["id"], ...cases, "#d9dedd"] : "#d9dedd");
  // Grids outside the reader's ground are not coloured at all.
  city.drawn.setPaintProperty("third", "fill-opacity", here.length ? ["match", ["id"], here, 0.72, 0] : 0);
  city.drawn.setFilter("third-nobody", ["in", ["id"], ["literal", state.chosen && state.chosen !== "nobody" ? [] : ids("nobody")]]);
  city.drawn.setFilter("third-chosen", ["==", ["id"], state.grid ?? -1]);
}

async function load() {
  asking?.abort();
  asking = new AbortController();
  delete page.staffing;
  trouble("");
  byId("overview").setAttribute("aria-busy", "true");
  try {
    found = await get("/api/staffing", { day: byId("day").value || config.today }, asking.signal);
  } catch (error) {
    if (error.name !== "AbortError") trouble(told(error));
    return;
  }
  byId("overview").setAttribute("aria-busy", "false");
  draw();
  // Whose ground is a part of the city comes to it first.
  if (found.bounds && !page.home) show(found.bounds);
  page.home = "shown";
  page.staffing = String(found.grids);
  if (state.grid) await open(state.grid, false);
}

function draw() {
  byId("classes").replaceChildren(...Object.entries(CLASSES).map(([name, { words }]) => {
    const count = name === "well" ? found.well.length : found.gaps[name];
    return element("li", {}, element("button", { type: "button", "aria-pressed": String(state.chosen === name), "data-test": `class-${name}`, onclick: () => choose(name) },
      element("i", { class: `swatch ${name}`, "aria-hidden": "true" }), element("span", {}, words()), element("b", {}, count.toLocaleString())));
  }));
  const well = state.chosen === "well";
  const rows = well ? [] : sorted(found.missing, state.chosen, state.by, state.down, nameOf);
  byId("how-many").textContent = interpolate(gettext("%s of %s"), [(well ? found.well.length : rows.length).toLocaleString(), found.grids.toLocaleString()]);
  byId("gaps").replaceChildren(...rows.map((grid) => element("tr", { "data-grid": grid.id, class: grid.id === state.grid ? "chosen" : null },
    element("td", {}, element("button", { type: "button", class: "link", onclick: () => open(grid.id) }, nameOf(grid)), element("span", { class: "code" }, grid.code)),
    element("td", {}, ...grid.gaps.map((/** @type {string} */ gap) => chip(gap))),
    element("td", { class: "day" }, grid.ends_on ?? ""))));
  if (!rows.length) byId("gaps").append(element("tr", {}, element("td", { colspan: 3, class: "hint" }, well ? gettext("Nothing is missing there: click a grid on the map.") : gettext("No grid has this gap."))));
  byId("kinds").replaceChildren(...found.kinds.map((/** @type {any} */ kind) => element("tr", { "data-kind": kind.kind },
    element("td", {}, nameOf(kind)), number(kind.grids), number(kind.vacant, true), number(kind.people_outside, true))));
  colour();
}

/** @param {number} value @param {boolean} [bad] */
const number = (value, bad = false) => element("td", { class: `number${bad && value ? " bad" : ""}` }, value.toLocaleString());

/** @param {string} name */
function choose(name) {
  state.chosen = state.chosen === name ? null : name;
  remember();
  draw();
}

/** @param {[number, number, number, number]} bounds west, south, east, north */
function show([west, south, east, north]) {
  city.leaflet.fitBounds([[south, west], [north, east]], { padding: [60, 60], maxZoom: 15.5, animate: false });
}

/** Open the card of a grid. @param {number} grid @param {boolean} [comes] into the middle of the map */
async function open(grid, comes = true) {
  opening?.abort();
  opening = new AbortController();
  state.grid = grid;
  remember();
  colour();
  try {
    const card = await get(`/api/staffing/grids/${grid}`, { day: byId("day").value || config.today }, opening.signal);
    drawCard(byId("card"), card, config, close);
    if (comes && card.bounds) show(card.bounds);
  } catch (error) {
    if (error.name === "AbortError") return;
    byId("card").replaceChildren(element("p", { class: "errorlist" }, told(error)), element("button", { type: "button", class: "quiet", onclick: close }, gettext("Back to the list")));
  }
  byId("card").hidden = false;
  byId("overview").hidden = true;
  page.card = String(grid);
  if (window.innerWidth <= 760) byId("card").scrollIntoView({ block: "start" });
}

function close() {
  state.grid = null;
  delete page.card;
  byId("card").hidden = true;
  byId("overview").hidden = false;
  remember();
  draw();
}

for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    const by = String(/** @type {HTMLElement} */ (button).dataset.sort);
    state.down = state.by === by ? !state.down : by === "gap";
    state.by = by;
    for (const other of document.querySelectorAll("[data-sort]")) other.closest("th")?.setAttribute("aria-sort", other !== button ? "none" : state.down ? "descending" : "ascending");
    draw();
  });
}
byId("day").addEventListener("change", load);
city.leaflet.on("click", (/** @type {any} */ event) => {
  const [hit] = city.at(event.latlng, ["third"], 0);
  const known = hit && (found?.well.includes(hit.id) || found?.missing.some((/** @type {any} */ g) => g.id === hit.id));
  if (known) open(hit.id, false);
});
city.leaflet.on("mousemove", (/** @type {any} */ event) => {
  const [hit] = city.at(event.latlng, ["third"], 0);
  byId("under").hidden = !hit;
  if (hit) byId("under").textContent = `${nameOf(hit.properties)} · ${hit.properties.code}`;
});
/** @type {any} */ (window).wanmi = { city };
await load();
