// @ts-check
/** The age of gaps over time as two curves: cells not walked for more than N days, and the median age. */
import { element } from "../dom.js";

const WIDTH = 400, HEIGHT = 108, LEFT = 40, RIGHT = 8, TOP = 10, BOTTOM = 18;

/** @param {string} tag @param {Record<string, any>} attributes @param {...any} children */
function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Stretches of days that are known, as positions. @param {(number | null)[]} values */
export function known(values) {
  const runs = /** @type {[number, number][]} */ ([]);
  values.forEach((value, k) => {
    if (value === null) return;
    const last = runs.at(-1);
    if (last && last[1] === k - 1) last[1] = k;
    else runs.push([k, k]);
  });
  return runs;
}

/** A round number not below a value, to draw an axis to. @param {number} value */
export function roof(value) {
  if (value <= 4) return 4;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * ten).find((top) => top >= value) ?? value;
}

/** @param {{day: string, value: number | null, bound?: boolean}[]} points @param {string} words @param {string} name */
function chart(points, words, name) {
  const top = roof(Math.max(1, ...points.map(({ value }) => value ?? 0)));
  const x = (/** @type {number} */ k) => LEFT + ((WIDTH - LEFT - RIGHT) * k) / Math.max(1, points.length - 1);
  const y = (/** @type {number} */ value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const runs = known(points.map(({ value }) => value));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words, "data-test": name, "data-known": points.filter(({ value }) => value !== null).length });
  for (const value of [0, top / 2, top]) {
    picture.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "tick" }), svg("text", { x: LEFT - 5, y: y(value) + 3.5, class: "scale" }, value.toLocaleString()));
  }
  // What is not known is a field of its own, not a line on the ground.
  const first = runs.length ? runs[0][0] : points.length;
  if (first > 0) {
    const wide = (runs.length ? x(first) : WIDTH - RIGHT) - LEFT;
    picture.append(svg("rect", { x: LEFT, y: TOP, width: wide, height: HEIGHT - TOP - BOTTOM, class: "unknown" }));
    if (wide > 70) picture.append(svg("text", { x: LEFT + wide / 2, y: TOP + (HEIGHT - TOP - BOTTOM) / 2 + 4, class: "unknown-words" }, gettext("not known")));
  }
  for (const [from, to] of runs) {
    const line = points.slice(from, to + 1).map((point, k) => `${x(from + k).toFixed(1)},${y(/** @type {number} */ (point.value)).toFixed(1)}`);
    picture.append(svg("polygon", { points: [`${x(from)},${y(0)}`, ...line, `${x(to)},${y(0)}`].join(" "), class: "area" }), svg("polyline", { points: line.join(" "), class: "line" }));
    if (from === to) picture.append(svg("circle", { cx: x(from), cy: y(/** @type {number} */ (points[from].value)), r: 2.5, class: "dot" }));
  }
  for (const [k, anchor] of /** @type {[number, string][]} */ ([[0, "start"], [points.length - 1, "end"]])) picture.append(svg("text", { x: x(k), y: HEIGHT - 4, class: "date", "text-anchor": anchor }, points[k].day.slice(5)));
  points.forEach((point, k) => {
    const said = point.value === null ? gettext("not known") : `${point.bound ? "≥ " : ""}${point.value.toLocaleString()}`;
    picture.append(svg("rect", { x: x(k) - 3, y: TOP, width: 6, height: HEIGHT - TOP - BOTTOM, class: "hit" }, svg("title", {}, `${point.day}: ${said}`)));
  });
  return element("figure", {}, element("figcaption", {}, words), picture);
}

/** @param {HTMLElement} box @param {{over: number, began: string | null, days: any[]}} told */
export function drawCurve(box, { over, began, days }) {
  const last = days.at(-1);
  const share = last.over === null || !last.cells ? "" : interpolate(gettext("%(day)s: %(over)s of %(cells)s cells; median age %(median)s"), {
    day: last.day, over: last.over.toLocaleString(), cells: last.cells.toLocaleString(),
    median: `${last.at_least ? "≥ " : ""}${interpolate(ngettext("%s day", "%s days", last.median), [last.median])}`,
  }, true);
  const late = began !== null && began > days[0].day;
  box.replaceChildren(...[
    share && element("p", { class: "now", "data-test": "curve-now" }, share),
    chart(days.map(({ day, over: value }) => ({ day, value })), interpolate(ngettext("Cells not walked for more than %s day", "Cells not walked for more than %s days", over), [over]), "curve-over"),
    chart(days.map(({ day, median, at_least }) => ({ day, value: median, bound: at_least })), gettext("Median days since the last walk"), "curve-median"),
    began === null && element("p", { class: "hint" }, gettext("No track is on record yet: how long cells went unwalked is not known.")),
    late && element("p", { class: "hint" }, interpolate(gettext("Tracks began on %(began)s. Days before are not known; “longer than %(over)s days” is known %(over)s days after that."), { began, over }, true)),
    element("p", { class: "hint" }, gettext("A cell without a recorded walk counts as unwalked since tracks began, at least. Cells are those each day began with; one that was redrawn begins anew.")),
  ].filter((part) => part instanceof Node));
}
