// @ts-check
/**
 * The coverage map: every cell coloured by what is known of it, or by one gap; beside it the list of the cells shown, from
 * which some are chosen, by ticks or by a box, to be walked or to be redrawn.
 */
import { Problem, get, post } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId, element, toast } from "../dom.js";
import { nameOf } from "../formats.js";
import { drawCurve } from "./curve.js";
import { GapMap } from "./gap_map.js";
import { askOrder } from "./order.js";
import { CLASSES, LAYERS, fact, has, joined, listed, walked } from "./words.js";

const MOST_LISTED = 200;
const config = JSON.parse(byId("config").textContent);
const page = document.documentElement.dataset;
const named = new URLSearchParams(location.hash.slice(1)).get("show") ?? "";
let chosen = named in CLASSES || named in LAYERS ? named : "nobody_looked";
let found = /** @type {any} */ (null), cells = /** @type {any[]} */ ([]), by = /** @type {Map<number, any>} */ (new Map());
let asking = /** @type {AbortController | null} */ (null), asked = "";
let boxing = /** @type {(() => void) | null} */ (null);
const picked = /** @type {Set<number>} */ (new Set());
const words = (/** @type {string} */ name) => (CLASSES[name] ?? LAYERS[name]).words();
const failed = (/** @type {any} */ error) => (error instanceof Problem ? error.message : gettext("No connection to the server."));

const city = await CityMap.open(config, null);
const map = new GapMap(city);

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
    byId("trouble").textContent = failed(error);
    byId("trouble").hidden = false;
    return;
  }
  cells = joined(found);
  by = new Map(cells.map((cell) => [cell.id, cell]));
  for (const id of picked) if (!by.has(id)) picked.delete(id);
  byId("classes").setAttribute("aria-busy", "false");
  byId("part").hidden = found.whole;
  draw();
  map.colour(cells, chosen, found.figures.edition);
  // Whose ground is a part of the city comes to it first.
  if (!found.whole && !page.home) map.frame(cells);
  page.home = "shown";
  page.coverage = String(found.figures.cells);
  if (byId("curve").open) loadCurve();
}

/** @param {string} name @param {number} count @param {string} swatch */
const choice = (name, count, swatch) => element("li", {}, element("button", { type: "button", "aria-pressed": String(chosen === name), "data-test": `show-${name}`, onclick: () => choose(name) },
  element("i", { class: `swatch ${swatch}`, "aria-hidden": "true" }), element("span", {}, words(name)), element("b", {}, count.toLocaleString())));

function draw() {
  byId("classes").replaceChildren(...Object.keys(CLASSES).map((name) => choice(name, found.figures[name], name)));
  byId("layers").replaceChildren(...Object.keys(LAYERS).map((name) => choice(name, found.figures.layers[name], "layer")));
  const rows = listed(cells, chosen), shown = rows.slice(0, MOST_LISTED);
  byId("shown").textContent = words(chosen);
  byId("how-many").textContent = interpolate(gettext("%s of %s"), [shown.length.toLocaleString(), rows.length.toLocaleString()]);
  byId("meaning").textContent = (CLASSES[chosen] ?? LAYERS[chosen]).meaning({ ...found.rules, days: found.figures.days });
  byId("cells").replaceChildren(...shown.map(row));
  if (!rows.length) byId("cells").append(element("tr", {}, element("td", { colspan: 4, class: "hint" }, gettext("No cell here."))));
  byId("pick-all").checked = shown.length > 0 && shown.every((cell) => picked.has(cell.id));
  byId("pick-all").disabled = !shown.length;
  drawPicked();
}

/** @param {any} cell */
function row(cell) {
  const more = fact(cell, chosen);
  return element("tr", { "data-cell": cell.code },
    element("td", { class: "tick" }, element("input", { type: "checkbox", checked: picked.has(cell.id), "data-test": "pick", "aria-label": interpolate(gettext("Choose cell %s"), [cell.code]), onchange: (/** @type {any} */ event) => pick([cell.id], event.target.checked) })),
    element("td", {}, element("button", { type: "button", class: "link", onclick: () => show(cell) }, cell.code), element("span", { class: "code" }, nameOf(found.communities[cell.community]))),
    element("td", {}, walked(cell), more && element("span", { class: "code" }, more), cell.ordered && orderOf(cell)),
    element("td", {}, ...people(cell)));
}

/** @param {any} cell */
function orderOf({ ordered: [number, until] }) {
  const late = until < config.today;
  return element("a", { class: `code ordered${late ? " late" : ""}`, href: `/patrols/orders/${number}/` }, interpolate(late ? gettext("ordered until %s: overdue") : gettext("ordered until %s"), [until]));
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
  map.colour(cells, chosen, found.figures.edition);
}

/** @param {any} cell */
function show(cell) {
  map.frame([cell]);
  map.mark([...picked, cell.id]);
  if (window.innerWidth <= 760) byId("map").scrollIntoView({ block: "center" });
}

/** Choose some cells, or choose them no more. @param {number[]} ids @param {boolean} on */
function pick(ids, on) {
  for (const id of ids) if (on) picked.add(id);
    else picked.delete(id);
  draw();
}

function drawPicked() {
  const count = picked.size;
  byId("picked").hidden = !count;
  byId("picked-count").textContent = interpolate(ngettext("%s cell chosen", "%s cells chosen", count), [count.toLocaleString()]);
  map.mark([...picked]);
  page.picked = String(count);
}

function box() {
  if (boxing) return unbox();
  byId("box").setAttribute("aria-pressed", "true");
  if (window.innerWidth <= 760) byId("map").scrollIntoView({ block: "center" });
  boxing = map.box((bounds) => {
    unbox();
    const inside = cells.filter((cell) => has(cell, chosen) && bounds.contains([cell.lat, cell.lon]));
    if (inside.length) pick(inside.map((cell) => cell.id), true);
    else toast(gettext("No cell of what is shown has its middle in this box."), "plain");
  });
}

function unbox() {
  boxing?.();
  boxing = null;
  byId("box").setAttribute("aria-pressed", "false");
}

function order() {
  const those = [...picked].map((id) => by.get(id));
  askOrder(those, cells, found.people, { today: config.today, reason: words(chosen), given: () => {
    picked.clear();
    draw();
    load();
  } });
}

async function plan() {
  const those = [...picked].map((id) => by.get(id));
  const title = interpolate(ngettext("Coverage gap: %(cells)s cell, %(day)s", "Coverage gaps: %(cells)s cells, %(day)s", those.length), { cells: those.length, day: found.figures.date }, true);
  byId("to-plan").disabled = true;
  try {
    const made = await post("/api/plans", { title });
    const bounds = L.latLngBounds(those.map(({ lat, lon }) => [lat, lon])), { lat, lng } = bounds.getCenter();
    const zoom = Math.min(17, Math.max(12, city.leaflet.getBoundsZoom(bounds.pad(0.2))));
    location.assign(`/plans/${made.id}/#map=${zoom}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
  } catch (error) {
    toast(failed(error), "bad");
    byId("to-plan").disabled = false;
  }
}

async function loadCurve() {
  const query = { day: byId("day").value || config.today, over: byId("days").value || config.days, weeks: byId("weeks").value, grid: byId("area").value || null };
  if (asked === JSON.stringify(query)) return;
  asked = JSON.stringify(query);
  delete page.curve;
  try {
    const told = await get("/api/gaps/ageing", query);
    if (asked !== JSON.stringify(query)) return;
    drawCurve(byId("curve-box"), told);
    page.curve = String(told.days.length);
  } catch (error) {
    asked = "";
    byId("curve-box").replaceChildren(element("p", { class: "errorlist", role: "alert" }, failed(error)));
  }
}

for (const id of ["day", "days"]) byId(id).addEventListener("change", load);
for (const id of ["weeks", "area"]) byId(id).addEventListener("change", loadCurve);
byId("curve").addEventListener("toggle", () => byId("curve").open && loadCurve());
byId("pick-all").addEventListener("change", (/** @type {any} */ event) => pick(listed(cells, chosen).slice(0, MOST_LISTED).map((cell) => cell.id), event.target.checked));
byId("box").addEventListener("click", box);
byId("unpick").addEventListener("click", () => pick([...picked], false));
byId("to-order")?.addEventListener("click", order);
byId("to-plan")?.addEventListener("click", plan);
city.leaflet.on("click", (/** @type {any} */ event) => {
  const id = map.at(event.latlng);
  if (id !== null && by.has(id)) pick([id], !picked.has(id));
});
city.leaflet.on("mousemove", (/** @type {any} */ event) => {
  const id = map.at(event.latlng), cell = id === null ? null : by.get(id);
  byId("under").hidden = !cell;
  if (!cell) return;
  const missing = Object.keys(LAYERS).filter((name) => has(cell, name)).map(words);
  byId("under").textContent = [cell.code, words(cell.class), walked(cell), ...missing].join(" · ");
});
document.addEventListener("keydown", (event) => event.key === "Escape" && boxing && unbox());
/** @type {any} */ (window).wanmi = { city };
await load();
