// @ts-check
/**
 * The grid officer's page: the list, a case, an act, what waits. What is shown stands in the address (#case=…); what is
 * entered goes into the outbox first, so that a dead spot changes nothing but when it is sent.
 */
import { Problem, get } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { drawForm, isPlain } from "./act_form.js";
import { CaseMap } from "./case_map.js";
import { drawCase } from "./case_page.js";
import { drawList } from "./list.js";
import { Outbox } from "./outbox.js";
import { Patrol } from "./patrol.js";
import { Position, metresBetween } from "./position.js";
import { ordered, standing } from "./standing.js";
import { drawOrders, drawPatrol, drawRound } from "./round.js";
import { Store } from "./store.js";
import { fetchAround } from "./tiles.js";
import { drawWaiting, nameOfItem } from "./waiting.js";

const config = JSON.parse(byId("config").textContent);
// On buttons and headings a name begins with a capital.
for (const [name, words] of Object.entries(config.acts)) config.acts[name] = words.charAt(0).toUpperCase() + words.slice(1);
const REFRESH_MS = 60_000;

/** @param {Promise<void>} settled once the service worker is at work */
async function start(settled) {
  const store = await Store.open(config.user);
  const position = new Position(redraw), map = new CaseMap(config);
  const outbox = new Outbox(store, config.user, {
    changed: redraw,
    sent: (item, answer) => {
      toast(interpolate(answer.again ? gettext("It had arrived already: %s") : gettext("Sent: %s"), [nameOfItem(item, config)]), "good");
      document.documentElement.dataset.sent = item.key;
      refresh();
    },
    refused: (item) => {
      toast(`${nameOfItem(item, config)}: ${item.problem?.sentence ?? ""}`, "bad", element("a", { href: "#waiting" }, gettext("Look at it")));
      refresh();
    },
    login: () => toast(gettext("Your session has ended. What you entered is kept: log in again, and it is sent."), "bad", element("a", { href: `/login/?next=${encodeURIComponent("/my/")}` }, gettext("Log in"))),
  });
  const patrol = new Patrol(store, position, {
    changed: redraw,
    sent: () => refreshRound(),
    refused: (problem) => toast(problem.message, "bad"),
  });
  let round = (await store.round()) ?? null;
  let list = /** @type {{at: string | null, cases: any[]}} */ ((await store.seen()) ?? { at: null, cases: [] });
  let shown = "", drawing = 0, silent = false;
  const had = /** @type {Set<string>} */ (new Set()), leaving = new AbortController();
  document.addEventListener("submit", () => leaving.abort());

  async function refresh() {
    const { lon, lat } = position.fields();
    try {
      list = await get("/api/my/cases", { lon, lat });
      await store.see(list);
      silent = false;
      document.documentElement.dataset.list = "fresh";
      settled.then(() => fetchAround(list.cases, had, leaving.signal));
    } catch (error) {
      silent = !(error instanceof Problem);
      document.documentElement.dataset.list = "kept";
      if (error instanceof Problem && error.status === 401) location.assign(`/login/?next=${encodeURIComponent("/my/")}`);
    }
    redraw();
  }

  /** What of my beat is seen today. Without a network the last answer stands. */
  async function refreshRound() {
    if (!config.walks) return;
    const { lon, lat } = position.fields();
    try {
      round = await get("/api/my/round", { lon, lat });
      await store.seeRound(round);
      document.documentElement.dataset.round = `${round.beat.seen}/${round.beat.cells}`;
      redraw();
    } catch {
      // The list says that there is no network.
    }
  }

  /** Draw what the address says; a form that is being filled in is left alone. */
  async function redraw() {
    const turn = ++drawing, items = await store.items();
    if (turn !== drawing) return;
    strips(items);
    const fields = new URLSearchParams(location.hash.replace(/^#/, "")), number = fields.get("case"), act = fields.get("act");
    const where = location.hash;
    if (where === shown && (act || fields.has("new"))) return;
    const kept = where === shown ? window.scrollY : 0;
    shown = where;
    position.moved = redraw;
    const cases = ordered(list.cases.map((c) => standing(c, items, config.acts_by_stage)), position.now, metresBetween);
    const found = number ? cases.find((c) => c.number === number) : null;
    const parts = fields.has("waiting")
      ? drawWaiting(items, config, { again: (item) => outbox.again(item), forget: (item) => outbox.forget(item.key), flush: () => outbox.flush() })
      : fields.has("new")
        ? drawForm(null, "fix_on_spot", config, { back: "#", position, send: (given) => give("fix_on_spot", "", given) })
        : fields.has("round")
          ? drawRound(round, { map, here: position.now })
          : found && act
            ? drawForm(found, act, config, { back: `#case=${found.number}`, position, send: (given) => give(act, found.number, given) })
            : found
              ? drawCase(found, config, { map, here: position.now, photo: (file) => outbox.add({ act: "photo", number: found.number, fields: position.fields(), files: [file] }), act: (name) => begin(name, found.number) })
              : number
                ? [element("header", { class: "case-page-head" }, element("a", { class: "back", href: "#", "aria-label": gettext("To my cases") }, "‹"), element("h1", {}, number)), element("p", { class: "card empty" }, gettext("This case is not yours to work on any more."))]
                : drawList(cases, config, { position, at: list.at, ask: () => position.follow(), patrol: config.walks && drawPatrol(patrol, round), orders: config.walks && drawOrders(round?.orders ?? [], round?.day ?? "") });
    byId("view").replaceChildren(...parts.filter(Boolean));
    window.scrollTo(0, kept);
    document.documentElement.dataset.shown = where || "#";
  }

  /** @param {string} name @param {string} number */
  function begin(name, number) {
    if (isPlain(name)) give(name, number, { fields: position.fields(), files: [] });
    else location.hash = `#case=${number}&act=${name}`;
  }

  /** @param {string} name @param {string} number @param {{fields: Record<string, string>, files: any[]}} given */
  async function give(name, number, given) {
    try {
      await outbox.add({ act: name, number, ...given });
    } catch {
      return toast(gettext("The phone has no room to keep this. Free some and try again."), "bad");
    }
    if (!navigator.onLine) toast(gettext("Kept on this phone. It is sent when there is a network."), "plain");
    const goes = number && !["handle", "return", "verify", "escalate", "to_own_unit"].includes(name) ? `#case=${number}` : "#";
    if (location.hash !== goes) location.hash = goes;
    else redraw();
  }

  /** @param {import("./store.js").Item[]} items */
  function strips(items) {
    const waits = items.filter((item) => item.state === "waiting").length, refused = items.length - waits;
    byId("offline").hidden = navigator.onLine && !silent;
    const strip = byId("waiting");
    strip.hidden = items.length === 0;
    strip.classList.toggle("refused", refused > 0);
    strip.textContent = [
      waits > 0 && interpolate(ngettext("%s act waits to be sent", "%s acts wait to be sent", waits), [waits]),
      refused > 0 && interpolate(ngettext("%s was not accepted", "%s were not accepted", refused), [refused]),
    ].filter(Boolean).join(" · ");
    document.documentElement.dataset.waiting = String(waits);
    document.documentElement.dataset.refused = String(refused);
  }

  window.addEventListener("hashchange", redraw);
  window.addEventListener("offline", redraw);
  window.addEventListener("online", () => {
    redraw();
    outbox.flush();
    patrol.flush();
    refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    outbox.flush();
    patrol.seen();
    refresh();
    refreshRound();
  });
  setInterval(() => document.visibilityState === "visible" && navigator.onLine && refresh(), REFRESH_MS);
  // What is kept must not be thrown away by the browser when its disk is full.
  navigator.storage?.persist?.().catch(() => null);
  await position.resume();
  await patrol.resume();
  await redraw();
  outbox.flush();
  await refresh();
  await refreshRound();
  document.documentElement.dataset.ready = "yes";
}

/** The page without a network: only where the browser allows it (HTTPS, or this machine). */
async function settle() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await Promise.race([new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true })), new Promise((resolve) => setTimeout(resolve, 5000))]);
    // The first visit did not go through the worker: what it would have kept of it is put beside its own.
    const cache = await caches.open("wanmi-pages");
    for (const address of ["/my/", "/jsi18n/"]) {
      const answer = await fetch(address);
      if (answer.ok && !answer.redirected) await cache.put(address, answer);
    }
    document.documentElement.dataset.worker = "ready";
  } catch {
    document.documentElement.dataset.worker = "none";
  }
}

start(settle());
