// @ts-check
/** The page of hot spots: one map, its methods and times; beside it the spots, the communities and the classes. */
import { get } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId, element } from "../dom.js";
import { drawCommunities } from "./communities.js";
import { bandwidthChoice, bandwidthShown, densityLegend, densityOf, drawDensity } from "./density.js";
import { frameOf } from "./frame.js";
import { HotspotMap } from "./hotspot_map.js";
import { drawLegend } from "./legend.js";
import { drawList, openItem } from "./list.js";
import { difference, differences, methods } from "./scales.js";
import { SideMap } from "./side_map.js";
import { drawClasses } from "./small_maps.js";
import { earlier, openTimeline } from "./timeline.js";

const config = JSON.parse(byId("config").textContent);
const METHODS = methods(config.patterns);
const state = { query: config.query, method: "oe", compare: "", two: false, frame: /** @type {any} */ (null), answer: /** @type {any} */ (null), before: /** @type {any} */ (null) };
const answers = new Map();

/** What was found at a time; asked for once. @param {any} query */
async function found(query) {
  const key = new URLSearchParams(query).toString();
  if (!answers.has(key)) answers.set(key, await get("/api/hotspots", query));
  return answers.get(key);
}

const city = await CityMap.open(config, null);
const map = new HotspotMap(city);
const busy = (/** @type {boolean} */ is) => (document.documentElement.dataset.hotspots = is ? "busy" : "shown");

const side = new SideMap(city, config);
// Beside the legend and between the bars, so that all of the city is seen.
if (window.innerWidth > 1000) side.fit(false);
const choice = bandwidthChoice(() => draw());

/** @param {any} figures @param {string} period */
function caption(figures, period) {
  return ["N ↑", period, interpolate(figures.whole ? gettext("%s cases") : gettext("%s cases in your territory"), [figures.cases.toLocaleString()]), interpolate(gettext("edition %s"), [figures.edition]), interpolate(gettext("as of %s"), [new Date(figures.at).toLocaleString()])].join(" · ");
}

/** The density in place of the units; of both periods where two maps are asked for. */
async function drawThick() {
  const { answer, before } = state, query = state.query;
  const thick = await densityOf(query);
  const was = before && state.two ? await densityOf({ ...query, ...past(query) }) : null;
  if (state.method !== "density" || query !== state.query) return;
  await map.paint([], () => "");
  await drawDensity(city.drawn, thick);
  const { steps, counts, words } = densityLegend(thick);
  drawLegend(steps, counts, words);
  byId("legend-rows").prepend(choice);
  const blur = interpolate(gettext("bandwidth %s m"), [Math.round(thick.bandwidth_m)]);
  const named = (/** @type {any} */ figures) => caption(figures, `${figures.from} – ${figures.to} · ${blur}`);
  byId("caption").textContent = named(answer.figures);
  if (!was) return side.close();
  await side.open(state.frame, before.spots, named(before.figures));
  await side.map.paint([], () => "");
  await drawDensity(side.city.drawn, was);
}

/** The sheets are of the look that is on the screen. */
function nameSheets() {
  for (const link of document.querySelectorAll("[data-test=sheets] a")) {
    const to = new URL(/** @type {HTMLAnchorElement} */ (link).href);
    to.searchParams.set("look", state.method);
    for (const [name, value] of Object.entries(state.query)) to.searchParams.set(name, value);
    if (state.method === "density") to.searchParams.set("bandwidth", bandwidthShown());
    /** @type {HTMLAnchorElement} */ (link).href = `${to.pathname}${to.search}`;
  }
}

async function draw() {
  nameSheets();
  const { answer, before } = state, { units } = answer, method = METHODS[state.method];
  map.mark(answer.spots);
  if (state.method === "density") return drawThick();
  await drawDensity(city.drawn, null);
  const compared = before !== null && !state.two;
  const steps = compared ? differences() : method.steps;
  const tier = state.method === "gi" ? "gi_tier" : "tier";
  const of = compared ? (/** @type {number} */ n) => difference(units[tier][n], before.units[tier][n]) : (/** @type {number} */ n) => method.of(units, n);
  await map.paint(steps, of);
  const counts = new Map();
  for (let n = 0; n < state.frame.features.length; n++) counts.set(of(n), (counts.get(of(n)) ?? 0) + 1);
  drawLegend(steps, counts, before ? gettext("Two periods compared; each by its own expectation.") : method.words);
  const { figures } = answer;
  const period = compared ? `${figures.from} – ${figures.to} ↔ ${before.figures.from} – ${before.figures.to}` : `${figures.from} – ${figures.to}`;
  byId("caption").textContent = caption(figures, period);
  if (!before || !state.two) return side.close();
  // The same classes and colours at the left; the legend counts the units of the period itself, at the right.
  await side.open(state.frame, before.spots, caption(before.figures, `${before.figures.from} – ${before.figures.to}`));
  await drawDensity(side.city.drawn, null);
  await side.map.paint(steps, (n) => method.of(before.units, n));
}

/** @param {any} query */
async function show(query) {
  busy(true);
  try {
    state.answer = await found(query);
    state.before = state.compare ? await found({ ...query, ...past(query) }) : null;
    state.query = query;
    byId("under").hidden = true;
    await map.choose([]);
    await draw();
    drawList(state.answer, query, config.stages, choose);
    drawCommunities(byId("communities"), state.answer.communities);
    if (!byId("classes").hidden) classes();
  } catch (problem) {
    byId("under").textContent = /** @type {any} */ (problem).body?.detail || /** @type {Error} */ (problem).message;
    byId("under").hidden = false;
    byId("spots").setAttribute("aria-busy", "false");
  }
  busy(false);
}

/** The days that the period is compared with. @param {any} query */
function past(query) {
  const days = Math.round((Date.parse(query.to) - Date.parse(query.from)) / 86_400_000) + 1;
  const back = state.compare === "year" ? 364 : days; // 52 whole weeks: the same weekdays
  return { from: earlier(query.from, back), to: earlier(query.to, back) };
}

/** @param {number} k */
function choose(k) {
  const spot = state.answer.spots[k];
  map.choose(spot.units);
  city.leaflet.setView([spot.lat, spot.lon], Math.max(city.leaflet.getZoom(), 14), { animate: false });
}

let asked = new AbortController();
function classes() {
  asked.abort();
  asked = new AbortController();
  drawClasses(byId("classes"), state.frame, config, state.query, state.method === "density" ? METHODS.oe : METHODS[state.method], asked.signal);
}

for (const [key, method] of Object.entries(METHODS)) {
  byId("methods").append(element("button", { type: "button", role: "radio", "aria-checked": String(key === state.method), title: method.words, "data-test": `method-${key}`, onclick: (/** @type {any} */ event) => {
    state.method = key;
    for (const other of byId("methods").children) other.setAttribute("aria-checked", String(other === event.currentTarget));
    draw();
    if (!byId("classes").hidden) classes();
  } }, method.name));
}
for (const tab of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tab]"))) {
  tab.addEventListener("click", () => {
    for (const other of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tab]"))) {
      other.setAttribute("aria-selected", String(other === tab));
      byId(other.dataset.tab ?? "").hidden = other !== tab;
    }
    if (tab.dataset.tab === "classes") classes();
  });
}
byId("compare").addEventListener("change", (/** @type {any} */ event) => {
  state.compare = event.target.value;
  byId("two-label").hidden = !state.compare;
  show(state.query);
});
byId("two").addEventListener("change", (/** @type {any} */ event) => {
  state.two = event.target.checked;
  show(state.query);
});
map.pick = (k) => {
  /** @type {HTMLElement} */ (document.querySelector("[data-tab=spots]")).click();
  openItem(k);
};
city.leaflet.on("mousemove click", (/** @type {any} */ event) => {
  const n = map.at(event.latlng), under = byId("under");
  under.hidden = n === null || !state.answer;
  if (n === null || !state.answer) return;
  const { units } = state.answer, ratio = units.ratio[n];
  under.textContent = [state.frame.features[n].properties.unit,
    units.cases[n] === null ? gettext("outside your territory") : interpolate(ngettext("%(cases)s case, %(expected)s expected", "%(cases)s cases, %(expected)s expected", units.cases[n]), { cases: units.cases[n], expected: units.expected[n] ?? "–" }, true),
    ratio === null ? "" : interpolate(gettext("with its surroundings ×%s"), [ratio]), units.gi_z[n] === null ? "" : `Gi* z = ${units.gi_z[n]}`,
    units.smallest[n] === null ? "" : interpolate(gettext("found from ×%s"), [units.smallest[n]])].filter(Boolean).join(" · ");
  if (event.type === "click" && units.spot[n] >= 0) map.pick(units.spot[n]);
});
if (window.innerWidth < 760) byId("legend").open = false;
busy(true);
try {
  state.frame = await frameOf(config.query.frame);
  await map.setFrame(state.frame);
  openTimeline(config.query, show);
  await show(config.query);
  const first = new URLSearchParams(location.search).get("spot");
  if (first !== null && state.answer?.spots[Number(first)]) openItem(Number(first));
} catch (problem) {
  byId("under").textContent = /** @type {Error} */ (problem).message;
  byId("under").hidden = false;
}
/** @type {any} */ (window).wanmi = { city, map, side, state };
