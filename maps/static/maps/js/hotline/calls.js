// @ts-check
/** The calls that this operator took last, with where their cases stand now; before them those that still wait here. */
import { get } from "../api.js";
import { byId, element } from "../dom.js";
import { nameOf } from "../formats.js";
import { STAGE_COLOURS } from "../map_style.js";

const QUIET_MS = 250;

/** @param {any} config @param {any} outbox @param {{take_up: (item: any) => void}} tell */
export function openCalls(config, outbox, tell) {
  let calls = /** @type {any[] | null} */ (null), timer = 0;

  function refresh() {
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      try {
        calls = (await get("/api/calls")).calls;
      } catch {
        return; // what is shown stays; the next event asks again
      }
      draw();
    }, QUIET_MS);
  }
  function draw() {
    const waiting = outbox.items.map(waitingRow);
    const rows = (calls ?? []).map(row);
    byId("calls").replaceChildren(...waiting, ...rows.slice(0, Math.max(0, 10 - waiting.length)));
    byId("calls").hidden = !waiting.length && !rows.length;
    byId("calls-told").textContent = calls === null ? "" : rows.length || waiting.length ? "" : gettext("None yet. Each call that you file or join stands here, with where it is now.");
  }
  /** @param {any} call */
  function row(call) {
    return element("li", { "data-number": call.number, "data-stage": call.stage },
      element("time", { datetime: call.at }, clock(call.at)),
      dot(STAGE_COLOURS[call.stage] ?? "#6b7280"),
      element("span", { class: "number" }, call.number),
      element("span", { class: "what", title: [nameOf(call.class), call.address].filter(Boolean).join(" · ") }, call.joined && element("span", { class: "tag" }, gettext("joined")), nameOf(call.class) || call.number),
      element("span", { class: "owner-told", title: nameOf(call.owner) }, nameOf(call.owner)),
      element("span", { class: "stage" }, config.stages[call.stage] ?? call.stage));
  }
  /** @param {any} item */
  function waitingRow(item) {
    const said = item.refused ? gettext("not taken") : gettext("waits here");
    return element("li", { class: item.refused ? "refused" : "waiting", "data-key": item.key },
      element("time", {}, clock(item.at)),
      dot(item.refused ? "#b3261e" : "#c58b00"),
      element("span", { class: "number" }, item.number || "–"),
      element("span", { class: "what", title: item.refused ?? "" }, item.words.class || gettext("Call")),
      element("span", { class: "owner-told" }, item.words.owner),
      item.refused ? element("button", { type: "button", class: "link", title: item.refused, onclick: () => tell.take_up(item) }, gettext("take up again")) : element("span", { class: "stage" }, said));
  }
  refresh();
  return {
    refresh,
    draw,
    /** Whether a case is one of those listed. @param {string} number */
    has: (number) => Boolean(calls?.some((call) => call.number === number)),
  };
}

/** @param {string | number} moment */
const clock = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });

/** @param {string} colour */
function dot(colour) {
  const made = element("span", { class: "dot", "aria-hidden": "true" });
  made.style.background = colour;
  return made;
}
