// @ts-check
/**
 * The leader's page: drawn once, then filled again and again. A wall display runs it for weeks, so there is one map and
 * one timer; what is shown anew replaces what was shown, and nothing listens twice.
 */
import { get, isAway } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId, element } from "../dom.js";
import { frameOf } from "../hotspots/frame.js";
import { HotspotMap } from "../hotspots/hotspot_map.js";
import { methods } from "../hotspots/scales.js";

const EVERY_MS = 60_000, CLOCK_MS = 1000;
const config = JSON.parse(byId("config").textContent);
const hall = byId("leader").dataset.hall === "yes";
const METHOD = methods([{ slug: "none" }]).oe;
const page = document.documentElement.dataset;

const city = await CityMap.open(config, null);
const [west, south, east, north] = config.bounds;
const whole = () => city.leaflet.fitBounds([[south, west], [north, east]], { padding: [4, 4], animate: false });
const map = new HotspotMap(city);
let drawn = { frame: -1, units: "" };

/** @param {number} now @param {number | null} then @param {string} words */
function difference(now, then, words) {
  if (then === null) return null;
  const by = now - then, sign = by > 0 ? "▲" : by < 0 ? "▼" : "＝";
  return element("span", {}, `${words} ${then.toLocaleString()} `, element("i", {}, by ? `${sign} ${Math.abs(by).toLocaleString()}` : sign));
}

/** @param {any} figure */
function fill(figure) {
  const tile = byId("tiles").querySelector(`[data-of="${figure.of}"]`);
  tile.classList.toggle("alarm", (figure.of === "overdue" || figure.of === "emergency") && figure.now > 0);
  tile.querySelector(".now").textContent = figure.now.toLocaleString();
  tile.querySelector(".then").replaceChildren(...[difference(figure.now, figure.yesterday, gettext("yesterday")), difference(figure.now, figure.last_week, gettext("last week"))].filter((one) => one !== null));
}

/** @param {any} query @param {number} spot */
const ofSpot = (query, spot) => `/hotspots/?${new URLSearchParams({ ...query, spot: String(spot) })}`;

/** @param {any} told */
function fillLists(told) {
  const { query } = told;
  const target = { emergency: "/leader/cases/?of=emergency", spot: ofSpot(query, told.todo.spot), grid: `/leader/cases/?grid=${told.todo.code}` }[/** @type {"spot"} */ (told.todo.of)];
  byId("todo").replaceChildren(target ? element("a", { href: target }, told.todo.words) : told.todo.words);
  const changes = told.changes.map((/** @type {any} */ change) => {
    const link = change.of ? `/leader/cases/?of=${change.of}` : change.spot === null ? "" : ofSpot(query, change.spot);
    return element("li", { class: change.kind }, link ? element("a", { href: link }, change.words) : change.words);
  });
  byId("changes").replaceChildren(...(changes.length ? changes : [element("li", {}, gettext("Nothing to speak of since last week."))]));
  const cells = told.cells.map((/** @type {any} */ cell) => element("tr", {},
    element("td", {}, element("a", { href: `/leader/cases/?cell=${cell.code}` }, cell.community), element("small", {}, cell.code)),
    element("td", { class: "number", title: gettext("cases in four weeks / expected") }, element("b", {}, cell.cases), ` / ${cell.expected}`)));
  byId("cells").replaceChildren(...(cells.length ? cells : [element("tr", {}, element("td", {}, gettext("No cell stands out.")))]));
  const grids = told.grids.map((/** @type {any} */ grid) => element("tr", {},
    element("td", {}, element("a", { href: `/leader/cases/?grid=${grid.code}` }, grid.name), element("small", {}, grid.within)),
    element("td", { class: "number", title: gettext("overdue / with a running clock") }, element("b", {}, grid.overdue), ` / ${grid.running}`)));
  byId("grids").replaceChildren(...(grids.length ? grids : [element("tr", {}, element("td", {}, gettext("No grid is late.")))]));
}

/** The map is drawn anew only where its data is new. @param {any} told */
async function fillMap(told) {
  const mark = told.hotspots.at;
  if (drawn.units !== mark) {
    if (drawn.frame !== told.hotspots.edition) await map.setFrame(await frameOf());
    const { units } = await get("/api/hotspots", told.query);
    await map.paint(METHOD.steps, (n) => METHOD.of(units, n));
    drawn = { frame: told.hotspots.edition, units: mark };
  }
  map.mark(told.spots);
  const { from, to, cases, edition } = told.hotspots;
  byId("caption").textContent = ["N ↑", `${from} – ${to}`, interpolate(gettext("%s cases"), [cases.toLocaleString()]), interpolate(gettext("edition %s"), [edition])].join(" · ");
  map.pick = (k) => location.assign(ofSpot(told.query, told.spots[k].spot));
}

async function refresh() {
  try {
    const told = await get("/api/leader");
    told.figures.forEach(fill);
    fillLists(told);
    await fillMap(told);
    byId("offline").hidden = true;
    page.leader = "shown";
    page.leaderTimes = String(Number(page.leaderTimes ?? 0) + 1);
  } catch (problem) {
    if (/** @type {any} */ (problem).status === 401) return location.reload();
    // Without the server the last picture stays, and says that it is old.
    byId("offline").hidden = false;
    if (!isAway(problem)) console.warn(problem);
  }
}

for (const step of METHOD.steps.filter((one) => ["99", "95", "90", "-95", "0", "few"].includes(one.key))) {
  const swatch = element("span", { class: step.hatched ? "swatch hatched" : "swatch", "aria-hidden": "true" });
  if (!step.hatched) swatch.style.background = step.colour;
  byId("key").append(element("li", {}, swatch, step.words));
}
const moment = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: hall ? "medium" : "short" });
const tick = () => (byId("clock").textContent = moment.format(new Date()));
tick();
setInterval(tick, CLOCK_MS);
city.leaflet.on("resize", whole);
// The tiles above grow when they are filled: the map follows its own box, not the window alone.
new ResizeObserver(() => city.leaflet.invalidateSize({ animate: false })).observe(byId("map"));
whole();
page.leader = "busy";
await refresh();
setInterval(refresh, EVERY_MS);
/** @type {any} */ (window).wanmi = { city, map, refresh };
