// @ts-check
/** The history of the grids: two editions beside each other, what differs, who owned a place then and now. */
import { Problem, get } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { listen } from "../live.js";
import { compose, parse } from "./address.js";
import { CompareMap, swatch } from "./compare_map.js";
import { openDivider } from "./divider.js";
import { drawEditions } from "./editions.js";
import { drawAnswer } from "./owners.js";
import { KINDS, daysOf, span, title } from "./words.js";

const config = JSON.parse(byId("config").textContent);
const days = daysOf(config.time_zone);
const state = parse(location.hash);
const page = document.documentElement.dataset;
let editions = /** @type {any[]} */ ([]);
let asked = /** @type {AbortController | null} */ (null), answering = /** @type {AbortController | null} */ (null);

const edition = (/** @type {number | null} */ number) => editions.find((e) => e.number === number);

async function load() {
  editions = (await get("/api/editions")).editions;
  drawEditions(editions, config, days, { compare: (earlier, later) => choose(earlier, later), taken: async (made) => {
    await load();
    choose(made - 1, made);
  } });
  const oldest = days.plain(editions[editions.length - 1].valid_from);
  for (const side of ["left", "right"]) {
    byId(side).replaceChildren(...editions.map((e) => element("option", { value: e.number }, `${title(e)} · ${days.day(e.valid_from)}`)));
    byId(`${side}-day`).min = oldest;
  }
}

/** @param {string} words */
function trouble(words) {
  byId("trouble").textContent = words;
  byId("trouble").hidden = !words;
}
/** @param {any} error */
const told = (error) => (error instanceof Problem ? [error.message, error.body.detail, error.body.hint].filter(Boolean).join(" ") : gettext("No connection to the server."));

await load();
const known = edition(state.left) && edition(state.right);
let left = known ? Number(state.left) : editions[1].number, right = known ? Number(state.right) : editions[0].number;
if (left > right) [left, right] = [right, left];
let place = state.place;
const map = await CompareMap.open(config, state.view, left, right);
const divider = openDivider(byId("divider"), byId("compared"), { at: state.cut, moved: (percent) => map.divide(percent), settled: remember });

function remember() {
  const { lat, lng } = map.leaflet.getCenter();
  history.replaceState(null, "", compose({ left, right, cut: divider.at(), view: { lat, lon: lng, zoom: map.leaflet.getZoom() }, place }));
}

/** Lay one edition beside another; the earlier one is always at the left. @param {number} one @param {number} other */
function choose(one, other) {
  [left, right] = one <= other ? [one, other] : [other, one];
  map.setEditions(left, right);
  show();
  remember();
  if (place) answer(place, false);
}

/** What differs: in figures and on the map. */
async function show() {
  asked?.abort();
  asked = new AbortController();
  trouble("");
  for (const [side, number] of /** @type {[string, number][]} */ ([["left", left], ["right", right]])) {
    byId(side).value = String(number);
    byId(`name-${side}`).replaceChildren(element("b", {}, title(edition(number))), element("span", {}, span(edition(number), days)));
  }
  const box = byId("changes");
  box.setAttribute("aria-busy", "true");
  delete page.changes;
  try {
    const collection = await get(`/api/editions/${right}/changes`, { since: left }, asked.signal);
    await map.setChanges(collection);
    box.replaceChildren(...figures(collection.features));
    page.changes = String(collection.features.length);
  } catch (error) {
    if (error.name === "AbortError") return;
    box.replaceChildren();
    trouble(told(error));
  } finally {
    box.setAttribute("aria-busy", "false");
  }
}

/** @param {any[]} features */
function figures(features) {
  if (left === right) return [element("p", {}, gettext("The same edition on both sides: choose another one."))];
  if (!features.length) return [element("p", {}, gettext("No cell differs between the two."))];
  const count = (/** @type {string} */ kind) => features.filter((f) => f.properties.kind === kind).length;
  const hands = features.filter((f) => f.properties.changes_hands && f.properties.kind === "reshaped").length;
  return [
    element("p", { class: "differ" }, interpolate(ngettext("%s cell differs", "%s cells differ", features.length), [features.length.toLocaleString()]),
      element("button", { type: "button", class: "quiet", id: "show-changes", onclick: () => fly(features) }, gettext("Show them"))),
    element("ul", { class: "hatches" }, ...Object.entries(KINDS).filter(([kind]) => count(kind)).map(([kind, { words }]) =>
      element("li", { "data-kind": kind }, swatch(kind), element("span", {}, words()), element("b", {}, count(kind).toLocaleString())))),
    hands > 0 && element("p", { class: "hint" }, interpolate(ngettext("%s of another shape has changed hands too.", "%s of another shape have changed hands too.", hands), [hands])),
  ].filter(Boolean);
}

/** @param {any[]} features */
function fly(features) {
  const bounds = L.geoJSON({ type: "FeatureCollection", features }).getBounds();
  map.leaflet.fitBounds(bounds, { padding: [40, 60], maxZoom: 17, animate: false });
}

/** Who owned a place in both editions, and the family of its cells. @param {[number, number]} at longitude, latitude @param {boolean} [scroll] */
async function answer(at, scroll = true) {
  answering?.abort();
  answering = new AbortController();
  const { signal } = answering;
  delete page.answered;
  map.left.pin(at[1], at[0]);
  try {
    const [before, after] = await Promise.all([left, right].map((number) => get("/api/route", { lon: at[0], lat: at[1], at: edition(number).valid_from }, signal)));
    const cells = [...new Set([after.cell, before.cell].filter(Boolean))];
    const trees = await Promise.all(cells.map((code) => get(`/api/cells/${encodeURIComponent(code)}/family`, {}, signal)));
    // One tree is enough where the other cell stands in it.
    const families = trees.filter((tree, n) => n === 0 || !trees[0].members[tree.cell.code]);
    place = at;
    map.choose(before, after);
    const names = /** @type {[string, string]} */ ([left, right].map((number) => interpolate(gettext("Edition %s"), [number])));
    byId("answer").replaceChildren(...drawAnswer({ place: at, before, after, families, config, days, names, go, close }));
    page.answered = `${before.cell ?? ""}>${after.cell ?? ""}`;
    if (scroll) byId("answer").scrollIntoView({ block: "nearest", behavior: "smooth" });
    remember();
  } catch (error) {
    if (error.name === "AbortError") return;
    trouble(told(error));
  }
}

function close() {
  answering?.abort();
  place = null;
  map.left.unpin();
  map.choose(null, null);
  byId("answer").replaceChildren();
  remember();
}

/** @param {any} member of a family: its own place, seen on whichever side has it */
function go(member) {
  const [lon, lat] = member.place;
  map.leaflet.setView([lat, lon], Math.max(17, map.leaflet.getZoom()), { animate: false });
  map.left.pin(lat, lon);
  for (const side of [map.left, map.right]) side.choose(member.id, null);
}

for (const side of ["left", "right"]) {
  byId(side).addEventListener("change", () => {
    byId(`${side}-day`).value = "";
    choose(Number(byId("left").value), Number(byId("right").value));
  });
  byId(`${side}-day`).addEventListener("change", async (/** @type {any} */ event) => {
    if (!event.target.value) return;
    try {
      const [found] = (await get("/api/editions", { at: event.target.value })).editions;
      byId(side).value = String(found.number);
      choose(Number(byId("left").value), Number(byId("right").value));
    } catch (error) {
      trouble(told(error));
    }
  });
}
map.leaflet.on("click", (/** @type {any} */ event) => answer([Number(event.latlng.lng.toFixed(7)), Number(event.latlng.lat.toFixed(7))]));
map.leaflet.on("moveend", remember);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && place && !byId("taking-back").open) close();
});
// The other language shows the same: it stands behind the #, which no form sends by itself.
document.querySelector("form.language")?.addEventListener("submit", (event) => {
  const next = /** @type {any} */ (event.target).elements.namedItem("next");
  next.value = location.pathname + location.search + location.hash;
});
const again = async () => {
  const newest = editions[0].number;
  await load();
  byId("left").value = String(left);
  byId("right").value = String(right);
  if (editions[0].number !== newest) toast(gettext("A new edition of the grids is in force."));
};
listen({ case: () => {}, edition: again, refetch: again });
show();
if (place) answer(place, false);
page.ready = "yes";
/** @type {any} */ (window).wanmi = { city: map.left, map, divider };
