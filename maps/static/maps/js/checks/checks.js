// @ts-check
/**
 * The checker's page: the cells he is to look at, one with its form, and what waits to be sent. It keeps and sends like
 * the officer's page: first into the outbox, then to the server, once.
 */
import { Problem, get } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { distance, nameOf } from "../formats.js";
import { CaseMap } from "../officer/case_map.js";
import { Outbox } from "../officer/outbox.js";
import { Position } from "../officer/position.js";
import { Store } from "../officer/store.js";
import { drawCheck } from "./form.js";
import { metresToCell } from "./ground.js";

const config = JSON.parse(byId("config").textContent);
const login = `/login/?next=${encodeURIComponent("/checks/")}`;

async function start() {
  const store = await Store.open(config.user, "checks");
  const position = new Position(moved), map = new CaseMap(config);
  const outbox = new Outbox(store, config.user, {
    changed: redraw,
    sent: (item, answer) => {
      toast(outcome(answer), answer.proved ? "good" : "bad");
      document.documentElement.dataset.sent = item.key;
      refresh();
    },
    refused: (item) => {
      toast(item.problem?.sentence ?? "", "bad");
      refresh();
    },
    login: () => toast(gettext("Your session has ended. What you entered is kept: log in again, and it is sent."), "bad", element("a", { href: login }, gettext("Log in"))),
  }, { address: "/api/checks", of: "checks" });
  let checks = /** @type {any[]} */ (config.checks), shown = "", drawing = 0, follow = () => {};
  const seen = await store.seen();
  if (!navigator.onLine && seen) checks = /** @type {any} */ (seen).checks;

  function moved() {
    follow();
    if (!location.hash.startsWith("#check=")) redraw();
  }

  async function refresh() {
    try {
      const list = await get("/api/checks");
      checks = list.checks;
      await store.see(list);
      document.documentElement.dataset.list = "fresh";
    } catch (error) {
      document.documentElement.dataset.list = "kept";
      if (error instanceof Problem && error.status === 401) location.assign(login);
    }
    redraw();
  }

  /** Draw what the address says; a form that is being filled in is left alone. */
  async function redraw() {
    const turn = ++drawing, items = await store.items();
    if (turn !== drawing) return;
    byId("offline").hidden = navigator.onLine;
    document.documentElement.dataset.waiting = String(items.filter((item) => item.state === "waiting").length);
    const gone = new Set(items.map((item) => item.number)), open = checks.filter((check) => !gone.has(String(check.id)));
    const wanted = /^#check=(\d+)$/.exec(location.hash)?.[1], check = open.find((one) => String(one.id) === wanted);
    if (check && shown === location.hash) return;
    shown = location.hash;
    follow = () => {};
    if (check) {
      const { parts, moved: told } = drawCheck(check, config, { map, position, send: (given) => give(check, given) });
      byId("view").replaceChildren(...parts.filter(Boolean));
      follow = told;
      position.follow();
      window.scrollTo(0, 0);
      showCell(check);
    } else byId("view").replaceChildren(...list(open, items));
    document.documentElement.dataset.shown = check ? location.hash : "#";
  }

  /** @param {any} check */
  async function showCell(check) {
    await map.show(check, position.now);
    map.outline?.remove();
    map.outline = L.polygon(check.ring.map((/** @type {[number, number]} */ [lon, lat]) => [lat, lon]), { color: "#b5126f", weight: 3, fillOpacity: 0.08, interactive: false }).addTo(map.city.leaflet);
  }

  /** @param {any} check @param {{fields: Record<string, string>, files: any[]}} given */
  async function give(check, given) {
    try {
      await outbox.add({ act: "spot_check", number: String(check.id), ...given });
    } catch {
      return toast(gettext("The phone has no room to keep this. Free some and try again."), "bad");
    }
    if (!navigator.onLine) toast(gettext("Kept on this phone. It is sent when there is a network."), "plain");
    location.hash = "#";
  }

  /** @param {any[]} open @param {import("../officer/store.js").Item[]} items */
  function list(open, items) {
    const away = (/** @type {any} */ check) => (position.now ? metresToCell(position.now, check.ring) : null);
    const ordered = position.now ? [...open].sort((a, b) => (away(a) ?? 0) - (away(b) ?? 0)) : open;
    return [
      element("header", { class: "list-head" }, element("h1", {}, gettext("Spot checks")),
        position.now ? element("span", { class: "hint" }, gettext("nearest first")) : element("button", { type: "button", class: "quiet", onclick: () => position.follow() }, gettext("Nearest first"))),
      ...items.map((item) => kept(item)),
      open.length === 0 && element("p", { class: "card empty", "data-test": "empty" }, gettext("You have no cell to look at.")),
      element("ol", { class: "cases", "data-test": "checks" }, ...ordered.map((check) => element("li", {},
        element("a", { class: "case", href: `#check=${check.id}`, "data-check": check.id },
          element("span", { class: "case-head" }, element("strong", {}, check.cell), away(check) !== null && element("span", { class: "far" }, distance(away(check) ?? 0))),
          element("span", { class: "hint" }, `${nameOf(check.unit)} · ${nameOf(check.grid)}`),
          element("span", { class: "chips" }, element("span", { class: check.late ? "badge red" : "badge" }, interpolate(gettext("due by %s"), [check.until]))))))),
    ].filter(Boolean);
  }

  /** What waits on this phone, or was refused. @param {import("../officer/store.js").Item} item */
  function kept(item) {
    const check = checks.find((one) => String(one.id) === item.number);
    return element("div", { class: `card kept ${item.state}`, "data-state": item.state },
      element("strong", {}, check?.cell ?? gettext("Spot check")),
      item.problem ? element("p", { role: "alert" }, `${item.problem.sentence} ${item.problem.detail}`) : element("p", { class: "hint" }, gettext("Waits for the network.")),
      item.problem && element("div", { class: "thumb-row" },
        element("button", { type: "button", class: "small", onclick: () => outbox.again(item) }, gettext("Try again")),
        element("button", { type: "button", class: "small", "data-test": "forget", onclick: () => outbox.forget(item.key) }, gettext("Seen, let it go"))));
  }

  window.addEventListener("hashchange", redraw);
  window.addEventListener("offline", redraw);
  window.addEventListener("online", () => {
    redraw();
    outbox.flush();
    refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") outbox.flush();
  });
  navigator.storage?.persist?.().catch(() => null);
  await position.resume();
  await store.see({ at: new Date().toISOString(), cases: [], checks }).catch(() => null);
  await redraw();
  outbox.flush();
  document.documentElement.dataset.ready = "yes";
}

/** What became of a check, in words. @param {any} answer */
function outcome(answer) {
  if (!answer.proved) return gettext("It came in, but neither phone nor photo was at the cell: it does not count.");
  if (answer.found.length === 0) return gettext("Sent: nothing found.");
  const known = answer.found.filter((/** @type {any} */ one) => one.known !== "new").length;
  return interpolate(gettext("Sent: %(found)s found, %(known)s of them known before."), { found: answer.found.length, known }, true);
}

/** The page without a network: only where the browser allows it (HTTPS, or this machine). */
async function settle() {
  try {
    await navigator.serviceWorker?.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker?.ready;
    const cache = await caches.open("wanmi-pages");
    for (const address of ["/checks/", "/jsi18n/"]) {
      const answer = await fetch(address);
      if (answer.ok && !answer.redirected) await cache.put(address, answer);
    }
    document.documentElement.dataset.worker = "ready";
  } catch {
    document.documentElement.dataset.worker = "none";
  }
}

start();
settle();
