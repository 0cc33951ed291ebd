// @ts-check
/** The desk: queues, the cases of one of them, and the case that is open. Which queue and which case stand in the address. */
import { get, isAway, post } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { openKeys } from "../hotline/keys.js";
import { listen } from "../live.js";
import { CaseMap } from "../officer/case_map.js";
import { Bulk } from "./bulk.js";
import { drawPane } from "./case_pane.js";
import { drawCases, drawQueues, tick } from "./lists.js";

const config = JSON.parse(byId("config").textContent);
const pane = byId("case"), list = byId("cases");
/** What stands in the address in place of a case: the map of the queue. */
const MAP = "map", MOST = 500;
/** What a burst of events is gathered for, how often the words are set anew, how many more a click shows. */
const PHONE = 700, GATHER_MS = 400, WORDS_MS = 10_000, AGAIN_MS = 60_000, MORE = 50;
const map = new CaseMap(config);

/** @type {{queue: string, number: string, at: number, limit: number, cases: any[], counts: Record<string, number>}} */
const state = { queue: "", number: "", at: 0, limit: MORE, cases: [], counts: {} };
/** Seconds by which the server's clock is before ours. */
let ahead = 0, gathering = 0, asked = 0, opened = 0;
/** An act is under way: its own echo over the wire is no news. What of the case is shown. */
let acting = false, shown = "";
/** The numbers that others moved since the last look. @type {Set<string>} */
const moved = new Set();
/** One key an act of a case, until it is done: a second click, or a resend after a lost answer, is the same act. @type {Map<string, string>} */
const keys = new Map();

const bulk = new Bulk(pane, state, config, map, {
  changed: draw,
  done: () => fetchQueue(),
  back: () => address(state.queue, ""),
  failed,
});

const now = () => Date.now() / 1000 + ahead;
const address = (/** @type {string} */ queue, /** @type {string} */ number) => `#${queue}${number ? `/${number}` : ""}`;

/** @param {any} error */
function failed(error) {
  if (error.status === 401) location.assign("/login/?next=/desk/");
  else toast(error.message, "bad");
}

async function fetchQueue() {
  const mine = ++asked;
  try {
    const answer = await get("/api/desk", { queue: state.queue || null, limit: state.limit });
    if (mine !== asked) return; // another queue was chosen meanwhile
    ahead = answer.at - Date.now() / 1000;
    const first = answer.queue !== state.queue;
    Object.assign(state, { queue: answer.queue, cases: answer.cases, counts: answer.counts });
    bulk.settle();
    draw();
    if (first) openCase();
  } catch (error) {
    failed(error);
  }
}

function draw() {
  drawQueues(byId("queues"), state, config, (queue) => address(queue, ""));
  drawCases(list, state, config, now(), (number) => address(state.queue, number), () => {
    state.limit += MORE;
    fetchQueue();
  }, bulk);
  drawChoice();
  const at = state.cases.findIndex((found) => found.number === state.number);
  if (at >= 0) state.at = at;
  document.documentElement.dataset.ready = "yes";
}

/** Below the list: how many are chosen, and the way to the map of the queue. */
function drawChoice() {
  const strip = byId("choice"), { size } = bulk.chosen;
  strip.hidden = !bulk.possible;
  byId("choice-count").textContent = size ? interpolate(ngettext("%s case chosen", "%s cases chosen", size), [size.toLocaleString()]) : "";
  const link = byId("choice-map");
  link.href = address(state.queue, MAP);
  link.textContent = size ? gettext("Assign them…") : gettext("Map and many at once");
  link.toggleAttribute("aria-current", bulk.open);
}

/** Fetch the open case anew and show it; if not `whole`, only what is new, and what is being written stays. @param {boolean} [whole] */
async function openCase(whole = true) {
  if (!whole && acting) return;
  const mine = ++opened, { number } = state;
  document.body.classList.toggle("reading", Boolean(number));
  // Where nothing is open there is room for the map of the queue; a phone shows it when it is asked for.
  const onMap = bulk.possible && (number === MAP || (!number && innerWidth > PHONE));
  if (!onMap) bulk.leave();
  if (onMap || !number) {
    delete pane.dataset.number;
    shown = "";
    if (onMap && !bulk.open) bulk.enter();
    drawChoice();
    if (onMap && state.limit < MOST) {
      state.limit = MOST;
      fetchQueue();
    }
    if (onMap) return;
    return pane.replaceChildren(element("p", { class: "empty" }, gettext("Choose a case on the left, or press j.")));
  }
  try {
    const path = `/api/cases/${encodeURIComponent(number)}`;
    const [found, stands, gathered] = await Promise.all([get(path), get(`${path}/acts`), get(`${path}/coordination`)]);
    if (mine !== opened) return;
    const news = `${number} ${stands.stage} ${found.history.length} ${stands.photos.length} ${stands.callers_waiting}`;
    if (!whole && news === shown) return;
    const writing = !whole && pane.querySelector("form.act-form");
    if (writing) return toast(gettext("Somebody has moved this case meanwhile."), "plain", element("button", { class: "quiet", type: "button", onclick: () => openCase() }, gettext("Show it")));
    shown = news;
    drawPane(pane, { ...found, ...stands, gathered }, config, { map, now: now(), back: address(state.queue, ""), act });
  } catch (error) {
    if (mine !== opened) return;
    if (!whole && error.status !== 401 && isAway(error)) return; // what is being written stays; the next event asks again
    shown = "";
    pane.replaceChildren(element("p", { class: "empty", role: "alert" }, error.message));
    if (error.status === 401) failed(error);
  }
}

/** Do an act to the open case; true where it is done. @param {string} name @param {Record<string, any>} given */
async function act(name, given) {
  const { number } = state, what = `${number} ${name} ${JSON.stringify(given)}`;
  const key = keys.get(what) ?? crypto.randomUUID();
  keys.set(what, key);
  acting = true;
  try {
    const done = await post(`/api/cases/${encodeURIComponent(number)}/acts`, { act: name, key, ...given });
    keys.delete(what);
    toast(interpolate(gettext("%(number)s: %(stage)s"), { number, stage: config.stages[done.stage] ?? done.stage }, true), "good");
    await Promise.all([fetchQueue(), number === state.number ? openCase() : null]);
    pane.focus({ preventScroll: true });
    return true;
  } catch (error) {
    // The server's answer is a decision: the next try is another act. Without one, and without its database, it is the same.
    if (error.status && !isAway(error)) keys.delete(what);
    if (error.status === 409) await Promise.all([fetchQueue(), openCase()]);
    const where = error.body?.where ?? {};
    const who = error.body?.error === "already_done" && where.by ? ` ${where.by}, ${new Date(where.at).toLocaleTimeString()}` : "";
    if (error.status === 401) failed(error);
    else toast(`${error.message}${who}`, "bad");
    return false;
  } finally {
    acting = false;
  }
}

/** Go by the address: a queue, and maybe a case of it. */
function follow() {
  const [queue, number] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const other = queue in config.queues && queue !== state.queue;
  if (other) {
    Object.assign(state, { queue, at: 0, limit: MORE });
    bulk.leaveQueue();
    bulk.leave();
  }
  state.number = number ?? "";
  if (other) fetchQueue();
  else draw();
  openCase();
  drawChoice();
}

/** To the next or the last case of the list. @param {number} step */
function go(step) {
  if (!state.cases.length) return;
  const here = state.cases.some((found) => found.number === state.number);
  // A case that has left the list has left its place to the next one.
  const at = here ? state.at + step : step > 0 ? state.at : state.at - 1;
  state.at = Math.min(Math.max(at, 0), state.cases.length - 1);
  location.hash = address(state.queue, state.cases[state.at].number);
  list.children[state.at]?.scrollIntoView({ block: "nearest" });
}

byId("find-case").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  const field = byId("find-number"), wanted = field.value.trim();
  if (!wanted) return;
  field.value = "";
  location.hash = address(state.queue || Object.keys(config.queues)[0], encodeURIComponent(wanted));
});
openKeys({
  J: () => go(1),
  K: () => go(-1),
  S: () => {
    const nearest = /** @type {HTMLButtonElement | null} */ (pane.querySelector(".teams .primary:not(:disabled)"));
    if (!nearest) return false;
    nearest.click();
  },
  Enter: () => {
    const at = document.activeElement;
    if (at?.matches("button, a, input, textarea, select, summary")) return false;
    const first = /** @type {HTMLElement | null} */ (pane.querySelector(".acts button"));
    if (!first) return false;
    first.focus();
  },
  Escape: () => {
    const form = pane.querySelector("form.act-form");
    if (form) form.dispatchEvent(new Event("reset"));
    else if (state.number) location.hash = address(state.queue, "");
    else return false;
  },
});

addEventListener("hashchange", follow);
// A phone that slept has no timers behind it.
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && fetchQueue());
function look() {
  fetchQueue();
  openCase(false);
}
listen({
  case(told) {
    if (told.number) moved.add(told.number);
    gathering ||= setTimeout(() => {
      gathering = 0;
      fetchQueue();
      if (!told.number || moved.has(state.number)) openCase(false);
      moved.clear();
    }, GATHER_MS);
  },
  edition: look,
  refetch: look,
});
setInterval(() => tick(list, state.cases, now()), WORDS_MS);
setInterval(fetchQueue, AGAIN_MS);

const [queue, number] = location.hash.slice(1).split("/").map(decodeURIComponent);
if (queue in config.queues) state.queue = queue;
state.number = number ?? "";
fetchQueue();
openCase();
