// @ts-check
/** The answer panel: who owns the place, why, and what is near it. */
import { byId, element } from "./dom.js";
import { age, distance, lonLat, nameOf } from "./formats.js";
import { STAGE_COLOURS, MAJOR_COLOURS } from "./map_style.js";

const LADDER = ["grid", "community", "town", "district"];

/** The reason, in a sentence. @param {any} answer */
export function why(answer) {
  const border = distance(answer.border_m);
  const names = (/** @type {any[]} */ list) => [...new Set(list.map((c) => `${nameOf(c.community)} (${c.cell})`))].join(gettext(", "));
  const others = answer.candidates.filter((/** @type {any} */ c) => c.cell !== answer.cell);
  switch (answer.rule) {
    case "contains":
      return interpolate(gettext("The place lies inside this cell, %s from its nearest border."), [border]);
    case "border_tie":
      return interpolate(gettext("The place lies exactly on a border shared with %s. A shared border belongs to the cell with the smallest code."), [names(others)]);
    case "near_border":
      return interpolate(gettext("The place lies inside this cell, but only %(border)s from the border, nearer than its accuracy of %(accuracy)s. It may belong to %(others)s: ask the caller."), { border, accuracy: distance(answer.accuracy_m), others: names(others) }, true);
    default:
      return others.length || answer.candidates.length
        ? interpolate(gettext("The place lies outside the city. The nearest cell is %(cell)s, %(border)s away."), { cell: names(answer.candidates), border }, true)
        : gettext("The place lies outside the city.");
  }
}

/** @param {any} place @param {() => void} close */
function heading(place, close) {
  return element("header", { class: "panel-head" },
    element("div", {}, element("h2", {}, place.words || gettext("Chosen place")), element("p", { class: "hint code" }, place.lon === undefined ? `${place.x}, ${place.y} (${place.crs})` : lonLat(place.lon, place.lat))),
    element("button", { type: "button", class: "close", "aria-label": gettext("Close"), title: "Esc", onclick: close }, "×"));
}

/** @param {any} answer @param {any} config */
export function owner(answer, config) {
  if (answer.rule === "outside") return element("div", { class: "owner outside" }, element("strong", {}, gettext("Outside the city: no community owns this place")));
  const rows = LADDER.filter((level) => answer[level] && level !== "community").map((level) =>
    element("tr", {}, element("th", { scope: "row" }, config.levels[level]), element("td", {}, nameOf(answer[level])), element("td", { class: "code" }, answer[level].code)));
  return element("div", { class: "owner" },
    element("p", { class: "level" }, config.levels.community),
    element("p", { class: "owner-name", "data-test": "community" }, nameOf(answer.community)),
    element("table", {},
      element("tr", {}, element("th", { scope: "row" }, config.levels.cell), element("td", { colspan: 2, class: "code", "data-test": "cell" }, answer.cell)), ...rows));
}

/** @param {any} answer */
export function reason(answer) {
  const careful = answer.rule !== "contains";
  return element("div", { class: `why ${careful ? "careful" : ""}`, "data-test": "why" }, element("strong", {}, gettext("Why")), element("p", {}, why(answer)),
    answer.candidates.length > 1 && element("ul", {}, ...answer.candidates.map((/** @type {any} */ c) =>
      element("li", {}, element("span", {}, `${nameOf(c.community)} · `), element("span", { class: "code" }, c.cell), element("span", { class: "hint" }, ` ${c.distance_m > 0 ? distance(c.distance_m) : gettext("holds the place")}`)))),
    element("p", { class: "hint" }, interpolate(gettext("Edition %s of the grids"), [answer.edition])));
}

/** @param {any} near @param {any} config @param {(p: any) => void} go */
export function nearby(near, config, go) {
  const cases = near.cases ?? [], components = near.components ?? [];
  const line = (/** @type {any} */ item, /** @type {string} */ colour, /** @type {any[]} */ parts) => {
    const dot = element("span", { class: "dot", "aria-hidden": "true" });
    dot.style.background = colour;
    return element("li", {}, element("button", { type: "button", onclick: () => go(item) }, dot, ...parts));
  };
  return element("div", { class: "near", id: "near" },
    element("h3", {}, interpolate(gettext("Open cases within %s"), [distance(near.radius_m)])),
    cases.length
      ? element("ul", { class: "near-cases" }, ...cases.map((/** @type {any} */ c) => line(c, STAGE_COLOURS[c.stage] ?? "#6b7280", [
          element("span", { class: "what" }, nameOf(c.class) || c.number), element("span", { class: "hint" }, `${distance(c.distance_m)} · ${age(c.reported_at)} · ${config.stages[c.stage] ?? c.stage}`)])))
      : element("p", { class: "hint" }, gettext("None. Nobody has reported anything here that is still open.")),
    element("h3", {}, gettext("Components near the place")),
    components.length
      ? element("ul", { class: "near-components" }, ...components.map((/** @type {any} */ c) => line(c, MAJOR_COLOURS[c.class?.code?.slice(0, 2)] ?? "#6b7280", [
          element("span", { class: "what" }, nameOf(c.class) || c.code), element("span", { class: "hint" }, `${distance(c.distance_m)} · `, element("span", { class: "code" }, c.code))])))
      : element("p", { class: "hint" }, gettext("None within reach.")));
}

/**
 * @param {{place: any, answer: any, near: any, config: any, close: () => void, go: (p: any) => void, form: HTMLElement | null}} shown
 */
export function drawPanel({ place, answer, near, config, close, go, form }) {
  const panel = byId("panel");
  panel.replaceChildren(element("div", { class: "grip", "aria-hidden": "true" }), heading(place, close), owner(answer, config), reason(answer), form ?? "", near ? nearby(near, config, go) : "");
  panel.hidden = false;
  panel.scrollTop = 0;
}

/** @param {any} place @param {any} problem @param {() => void} close */
export function drawProblem(place, problem, close) {
  const panel = byId("panel");
  const { detail, hint } = problem.body ?? {};
  panel.replaceChildren(heading(place, close), element("div", { class: "owner outside", "data-test": "problem" }, element("strong", {}, problem.message), detail && detail !== problem.message && element("p", {}, detail), hint && element("p", { class: "hint" }, hint)));
  panel.hidden = false;
}
