// @ts-check
/** The second look: each community's ratio as a dot, in the band in which chance leaves an ordinary one. */
import { element } from "../dom.js";
import { nameOf } from "../formats.js";

/** @param {string} tag @param {Record<string, any>} attributes @param {...any} children */
export function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

const WIDTH = 340, LEFT = 118, RIGHT = 34, ROW = 21;

/** @param {HTMLElement} box @param {any[]} communities of an answer, the highest ratio first */
export function drawCommunities(box, communities) {
  const most = Math.max(2, ...communities.map((c) => Math.max(c.ratio, c.bands[1][1])));
  // Ratios are read by their logarithm: half as many is as far from 1 as twice as many.
  const least = 0.25, span = Math.log(most / least);
  const x = (/** @type {number} */ ratio) => LEFT + (WIDTH - LEFT - RIGHT) * (Math.log(Math.max(ratio, least) / least) / span);
  const height = communities.length * ROW + 26;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "dots", role: "img", "aria-label": gettext("Ratio of observed to expected cases of each community") });
  for (const tick of [0.5, 1, 2, 4, 8, 16].filter((t) => t <= most)) {
    picture.append(svg("line", { x1: x(tick), x2: x(tick), y1: 18, y2: height, class: tick === 1 ? "one" : "tick" }), svg("text", { x: x(tick), y: 12, class: "tick-words" }, `×${tick}`));
  }
  communities.forEach((community, k) => {
    const y = 26 + k * ROW + ROW / 2 - 6, [[low, high], [lowest, highest]] = community.bands;
    const outside = community.ratio > highest ? "far hot" : community.ratio < lowest ? "far cold" : community.ratio > high ? "hot" : community.ratio < low ? "cold" : "usual";
    const words = interpolate(gettext("%(name)s: %(cases)s cases, %(expected)s expected; an ordinary one would have %(low)s to %(high)s times the expected"), { name: nameOf(community), cases: community.cases, expected: community.expected, low, high }, true);
    picture.append(svg("g", { class: outside }, svg("title", {}, words),
      svg("text", { x: LEFT - 6, y: y + 4, class: "name" }, nameOf(community).slice(0, 18)),
      svg("line", { x1: x(lowest), x2: x(highest), y1: y, y2: y, class: "wide" }), svg("line", { x1: x(low), x2: x(high), y1: y, y2: y, class: "band" }),
      svg("circle", { cx: x(community.ratio), cy: y, r: 4.5 }), svg("text", { x: WIDTH - 2, y: y + 4, class: "ratio" }, community.ratio.toFixed(2))));
  });
  box.replaceChildren(element("p", { class: "hint" }, gettext("Cases by expected cases of each community. Bars: where 95 % and 99.8 % of ordinary communities of that size would lie. Only a dot outside its bar says something.")), picture);
}
