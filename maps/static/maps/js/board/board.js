// @ts-check
/** The live board: columns by the colour of the clocks; what others do and what time does is seen without reloading. */
import { get } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { listen } from "../live.js";
import { COLUMNS, card, left } from "./cards.js";

const config = JSON.parse(byId("config").textContent);
const form = byId("filters"), board = byId("board");
/** What a burst of events is gathered for, the longest wait for the next turn, and how often the words are set anew. */
const GATHER_MS = 500, LONGEST_WAIT_S = 300, WORDS_MS = 10_000, MOST_FETCHED = 100;

/** The cases shown, by column, and where each column goes on. @type {Record<string, {cases: any[], next: string | null}>} */
const shown = {};
/** @type {Record<string, number>} */
let counts = {};
/** Seconds by which the server's clock is before ours. */
let ahead = 0;
let turning = 0, gathering = 0, asked = 0;
/** @type {Set<number>} */
const changed = new Set();

const now = () => Date.now() / 1000 + ahead;

function query() {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
}

/** @param {any} answer */
function take(answer) {
  ahead = answer.at - Date.now() / 1000;
  if (answer.counts) counts = answer.counts;
  if (!("turns" in answer)) return;
  clearTimeout(turning);
  const wait = answer.turns === null ? LONGEST_WAIT_S : Math.min(Math.max(answer.turns - now() + 0.2, 1), LONGEST_WAIT_S);
  turning = setTimeout(fetchAll, wait * 1000);
}

async function fetchAll() {
  const mine = ++asked;
  changed.clear();
  try {
    const answer = await get("/api/board", query());
    if (mine !== asked) return; // the filter was changed meanwhile
    take(answer);
    Object.assign(shown, answer.columns);
    draw();
  } catch (error) {
    failed(error);
  }
}

/** Fetch the cases that others moved; gone from the board is what does not come back. */
async function fetchChanged() {
  gathering = 0;
  const ids = [...changed];
  if (!ids.length) return;
  if (ids.length > MOST_FETCHED) return fetchAll();
  changed.clear();
  const mine = asked;
  try {
    const answer = await get("/api/board", { ...query(), ids: ids.join(",") });
    if (mine !== asked) return;
    take(answer);
    for (const column of Object.values(shown)) column.cases = column.cases.filter((found) => !ids.includes(found.id));
    for (const found of answer.cases) place(found);
    draw(new Set(ids));
  } catch (error) {
    failed(error);
  }
}

/** Put a case where it belongs, unless that is beyond what is shown. @param {any} found */
function place(found) {
  const column = shown[found.column];
  const key = (/** @type {any} */ c) => c.due ?? c.reported;
  const at = column.cases.findIndex((other) => key(other) > key(found) || (key(other) === key(found) && other.id > found.id));
  if (at >= 0) column.cases.splice(at, 0, found);
  else if (column.next === null) column.cases.push(found);
}

/** @param {any} error */
function failed(error) {
  if (error.status === 401) location.assign("/login/?next=/board/");
  else toast(error.message, "bad");
  clearTimeout(turning);
  turning = setTimeout(fetchAll, 15_000);
}

/** @param {string} key */
async function more(key) {
  try {
    const page = await get("/api/board", { ...query(), column: key, after: shown[key].next, limit: 50 });
    take(page);
    const known = new Set(shown[key].cases.map((found) => found.id));
    shown[key] = { cases: [...shown[key].cases, ...page.cases.filter((/** @type {any} */ c) => !known.has(c.id))], next: page.next };
    draw();
  } catch (error) {
    failed(error);
  }
}

/** @param {Set<number>} [fresh] the cases that have just changed */
function draw(fresh = new Set()) {
  const scrolled = COLUMNS.map(({ key }) => board.querySelector(`.${key} ol`)?.scrollTop ?? 0);
  board.replaceChildren(...COLUMNS.map(({ key, shape, words, hint }) => {
    const cards = shown[key].cases.map((found) => {
      const made = card(found, config.stages, now());
      if (fresh.has(found.id)) made.classList.add("fresh");
      return made;
    });
    const none = key === "red" ? gettext("Nothing is overdue.") : gettext("Nothing here.");
    return element("section", { class: `column ${key}`, "aria-label": words() },
      element("button", { class: "column-head", type: "button", onclick: () => (board.dataset.shown = key) },
        element("span", { class: "shape", "aria-hidden": "true" }, shape),
        element("b", { class: "count" }, counts[key].toLocaleString()),
        element("span", { class: "name" }, words(), element("small", {}, hint()))),
      element("ol", { tabindex: "0" }, ...cards, cards.length ? null : element("li", { class: "empty" }, none),
        shown[key].next && element("li", {}, element("button", { class: "quiet more", type: "button", onclick: () => more(key) }, gettext("Show more")))));
  }));
  COLUMNS.forEach(({ key }, i) => (board.querySelector(`.${key} ol`).scrollTop = scrolled[i]));
  board.setAttribute("aria-busy", "false");
  document.documentElement.dataset.ready = "yes";
}

/** Set the words that time changes. */
function tick() {
  byId("clock").textContent = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now() * 1000);
  for (const { cases } of Object.values(shown))
    for (const found of cases) {
      const words = board.querySelector(`[data-case="${found.id}"] .left`);
      if (words) words.textContent = left(found, now());
    }
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = form.elements.namedItem(name);
  if (field && [...field.options].some((option) => option.value === value)) field.value = value;
}
form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
form.addEventListener("change", () => {
  const kept = new URLSearchParams(query()).toString();
  history.replaceState(null, "", kept ? `?${kept}` : location.pathname);
  fetchAll();
});
byId("hall").addEventListener("click", () => document.documentElement.requestFullscreen?.());
document.addEventListener("fullscreenchange", () => document.body.classList.toggle("hall", Boolean(document.fullscreenElement)));
// A phone that slept has no timers behind it.
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && fetchAll());
listen({
  case(told) {
    if (!told.id) return fetchAll();
    changed.add(told.id);
    gathering ||= setTimeout(fetchChanged, GATHER_MS);
  },
  edition: fetchAll,
  refetch: fetchAll,
});
setInterval(tick, WORDS_MS);
fetchAll().then(tick);
