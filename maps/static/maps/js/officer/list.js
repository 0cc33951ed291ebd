// @ts-check
/** The list of my cases: nearest first, each with what one must know before going there. */
import { COLUMNS, left } from "../board/cards.js";
import { element } from "../dom.js";
import { age, distance, nameOf } from "../formats.js";
import { STAGE_COLOURS } from "../map_style.js";
import { AT_WORK } from "./standing.js";

/** How long there still is, in the board's colours and shapes; nothing where no clock runs. @param {any} c @param {number} [now] seconds */
function clock(c, now = Date.now() / 1000) {
  if (!c.due || !AT_WORK.has(c.stage)) return null;
  const key = now > c.due ? "red" : c.amber && now > c.amber ? "amber" : "green";
  const shape = COLUMNS.find((column) => column.key === key)?.shape ?? "";
  return element("span", { class: `badge light ${key}` }, element("span", { "aria-hidden": "true" }, `${shape} `), left(c, now));
}

/** @param {any} c @param {any} config */
export function chips(c, config) {
  const dot = element("span", { class: "dot", "aria-hidden": "true" });
  dot.style.background = STAGE_COLOURS[c.stage] ?? "#6b7280";
  return element("p", { class: "chips" },
    element("span", { class: "stage", "data-test": "stage" }, dot, config.stages[c.stage] ?? c.stage),
    clock(c),
    c.mine && element("span", { class: "badge mine" }, gettext("mine")),
    !c.mine && c.assignee && element("span", { class: "badge" }, c.assignee),
    c.wants_help && element("span", { class: "badge help" }, gettext("help wanted")),
    c.waits.some((/** @type {any} */ item) => item.state === "waiting") && element("span", { class: "badge waits" }, gettext("not sent yet")),
    c.waits.some((/** @type {any} */ item) => item.state === "refused") && element("span", { class: "badge refused" }, gettext("refused by the server")));
}

/** @param {any} c @param {any} config */
function card(c, config) {
  return element("li", {},
    element("a", { class: `case ${AT_WORK.has(c.stage) ? "" : "done"}`, href: `#case=${c.number}`, "data-number": c.number },
      element("span", { class: "case-head" }, element("strong", {}, nameOf(c.class) || gettext("Unnamed problem")), Number.isFinite(c.distance_m) && element("span", { class: "far" }, distance(c.distance_m))),
      (c.words || c.address) && element("span", { class: "case-words" }, c.words || c.address),
      c.words && c.address && element("span", { class: "hint" }, c.address),
      element("span", { class: "foot" }, chips(c, config), element("span", { class: "hint" }, `${age(c.reported_at)} · `, element("span", { class: "code" }, c.number)))));
}

/**
 * @param {any[]} cases @param {any} config @param {{position: import("./position.js").Position, at: string | null, ask: () => void, patrol: Node | false, orders: Node | false}} how
 */
export function drawList(cases, config, { position, at, ask, patrol, orders }) {
  const open = cases.filter((c) => AT_WORK.has(c.stage)).length;
  const where = position.now ? gettext("Nearest first") : position.refused ? gettext("Oldest first: the phone does not tell where it is") : "";
  return [
    patrol,
    orders,
    element("header", { class: "list-head" },
      element("h1", {}, interpolate(ngettext("%s case", "%s cases", open), [open])),
      where ? element("span", { class: "hint" }, where) : element("button", { type: "button", class: "quiet", "data-test": "nearest", onclick: ask }, gettext("Nearest first"))),
    cases.length
      ? element("ol", { class: "cases", "data-test": "cases" }, ...cases.map((c) => card(c, config)))
      : element("p", { class: "card empty" }, at ? gettext("Nothing to do. New cases appear here by themselves.") : gettext("Loading…")),
    at && element("p", { class: "hint seen-at" }, interpolate(gettext("As of %s"), [age(at)])),
    element("nav", { class: "thumb" }, element("a", { class: "big", href: "#new", "data-test": "new" }, gettext("Fixed something on the spot"))),
  ];
}
