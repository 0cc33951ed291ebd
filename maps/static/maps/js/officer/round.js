// @ts-check
/** What of the beat is seen today, and the cells to walk next: in the list's head, and as a page with its map. */
import { element } from "../dom.js";
import { distance } from "../formats.js";

/** Whether any of these is asked for by an order. @param {any[]} cells */
const ordered = (cells) => cells.some((cell) => cell.order);

/** The share in whole per cent; 100 only when nothing is left. @param {{cells: number, seen: number}} beat */
const percent = (beat) => (beat.seen < beat.cells ? Math.min(99, Math.round((100 * beat.seen) / beat.cells)) : 100);

/** @param {{cells: number, seen: number}} beat */
function bar(beat) {
  const done = element("span", { class: "round-done" });
  done.style.width = `${percent(beat)}%`;
  return element("div", { class: "round-bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent(beat)) }, done);
}

/** @param {{cells: number, seen: number}} beat */
const words = (beat) => interpolate(gettext("Seen today: %(seen)s of %(cells)s cells"), { seen: beat.seen, cells: beat.cells }, true);

/** The card above the list. @param {import("./patrol.js").Patrol} patrol @param {any} round as the server told it last, or null */
export function drawPatrol(patrol, round) {
  const beat = round?.beat;
  return element("section", { class: `card patrol ${patrol.on ? "on" : ""}`, "data-test": "patrol", "data-on": patrol.on ? "yes" : "no" },
    element("div", { class: "patrol-head" },
      element("div", {},
        element("strong", {}, patrol.on ? gettext("On patrol") : gettext("Not on patrol")),
        element("p", { class: "hint" }, beat?.cells ? `${words(beat)} · ${percent(beat)} %` : patrol.on ? gettext("Your way is kept and sent by itself.") : gettext("While you are on patrol, the phone tells where you walk."))),
      element("button", { type: "button", class: `small ${patrol.on ? "" : "go"}`, "data-test": patrol.on ? "stop-patrol" : "start-patrol", onclick: () => (patrol.on ? patrol.stop() : patrol.start()) }, patrol.on ? gettext("End patrol") : gettext("Start patrol"))),
    patrol.on && patrol.position.refused && element("p", { class: "problem" }, gettext("The phone does not tell where it is. Allow it in the browser's settings.")),
    beat?.cells > 0 && bar(beat),
    beat?.cells > 0 && element("a", { class: "round-link", href: "#round", "data-test": "round" }, round.unseen ? gettext("What to walk next") : gettext("Everything is seen today"), " ›"));
}

/** What I am ordered to walk: one card an order, the first to end on top. @param {any[]} orders @param {string} today @param {boolean} [there] whether the way is shown already */
export const drawOrders = (orders, today, there = false) => orders.length > 0 && element("ol", { class: "orders", "data-test": "my-orders" }, ...orders.map((order) => {
  const late = order.until < today;
  return element("li", { class: `card order ${late ? "late" : ""}`, "data-order": order.id },
    element("strong", {}, interpolate(ngettext("Patrol order: %s cell to walk", "Patrol order: %s cells to walk", order.left), [order.left])),
    element("p", { class: "order-why" }, order.reason),
    element("p", { class: "hint" }, interpolate(late ? gettext("until %(until)s: overdue · from %(by)s · %(walked)s of %(cells)s walked") : gettext("until %(until)s · from %(by)s · %(walked)s of %(cells)s walked"), order, true)),
    !there && element("a", { class: "round-link", href: "#round" }, gettext("Where to go"), " ›"));
}));

/** @param {any} cell */
function since(cell) {
  if (cell.unseen_days === null) return gettext("never seen");
  return interpolate(ngettext("last seen %s day ago", "last seen %s days ago", cell.unseen_days), [cell.unseen_days]);
}

/** Why a cell is in the round, the gravest first. @param {any} cell */
function reasons(cell) {
  return [
    cell.order && element("span", { class: "badge red", "data-why": "order" }, gettext("ordered")),
    cell.hot && element("span", { class: "badge red", "data-why": "hot" }, interpolate(gettext("hot spot, %s times the expected"), [cell.hot.ratio])),
    cell.checks > 0 && element("span", { class: "badge amber", "data-why": "checks" }, interpolate(ngettext("%s check due", "%s checks due", cell.checks), [cell.checks])),
    cell.cases > cell.checks && element("span", { class: "badge mine", "data-why": "cases" }, interpolate(ngettext("%s open case", "%s open cases", cell.cases - cell.checks), [cell.cases - cell.checks])),
    element("span", { class: "badge", "data-why": "unseen" }, since(cell)),
  ].filter(Boolean);
}

/**
 * The page of the round. @param {any} round @param {{map: import("./case_map.js").CaseMap, here: any}} how
 */
export function drawRound(round, { map, here }) {
  const head = element("header", { class: "case-page-head" }, element("a", { class: "back", href: "#", "aria-label": gettext("To my cases") }, "‹"), element("h1", {}, gettext("What to walk next")));
  if (!round) return [head, element("p", { class: "card empty" }, gettext("The round is known when there is a network."))];
  const { cells, beat } = round;
  if (cells.length) queueMicrotask(() => map.lead(cells, here));
  return [
    head,
    drawOrders(round.orders ?? [], round.day ?? "", true),
    beat.cells > 0 && element("p", { class: "round-words" }, words(beat), element("span", { class: "far" }, `${percent(beat)} %`)),
    beat.cells > 0 && bar(beat),
    cells.length > 0 && map.box,
    cells.length > 0 && element("p", { class: "hint" }, interpolate(ordered(cells) ? gettext("%(cells)s cells on a way of about %(length)s, some %(minutes)s minutes: those of your orders first, then those that weigh most by how long unseen, open cases, checks and hot spots, in the order of the way.") : gettext("%(cells)s cells on a way of about %(length)s, some %(minutes)s minutes: those that weigh most by how long unseen, open cases, checks and hot spots, in the order of the way."), { cells: cells.length, length: distance(round.length_m), minutes: round.minutes }, true)),
    cells.length
      ? element("ol", { class: "round", "data-test": "round-cells" }, ...cells.map((/** @type {any} */ cell, /** @type {number} */ k) =>
          element("li", { "data-cell": cell.code, "data-order": cell.order ?? null, class: cell.order ? "asked" : null },
            element("span", { class: "round-number", "aria-hidden": "true" }, String(k + 1)),
            element("div", {}, element("span", { class: "code" }, cell.code), element("p", { class: "why" }, ...reasons(cell))),
            Number.isFinite(cell.distance_m) && element("span", { class: "far" }, distance(cell.distance_m)))))
      : element("p", { class: "card empty" }, beat.cells ? gettext("Every cell of your grids is seen today.") : gettext("You are not posted to any grid.")),
  ];
}
