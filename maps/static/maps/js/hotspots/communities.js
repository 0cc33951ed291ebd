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

/** Where a community lies to its bands. @param {any} community */
function standing({ ratio, bands: [[low, high], [lowest, highest]] }) {
  if (ratio > highest) return "far hot";
  if (ratio < lowest) return "far cold";
  return ratio > high ? "hot" : ratio < low ? "cold" : "usual";
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
    const outside = standing(community);
    const words = interpolate(gettext("%(name)s: %(cases)s cases, %(expected)s expected; an ordinary one would have %(low)s to %(high)s times the expected"), { name: nameOf(community), cases: community.cases, expected: community.expected, low, high }, true);
    picture.append(svg("g", { class: outside }, svg("title", {}, words),
      svg("text", { x: LEFT - 6, y: y + 4, class: "name" }, nameOf(community).slice(0, 18)),
      svg("line", { x1: x(lowest), x2: x(highest), y1: y, y2: y, class: "wide" }), svg("line", { x1: x(low), x2: x(high), y1: y, y2: y, class: "band" }),
      svg("circle", { cx: x(community.ratio), cy: y, r: 4.5 }), svg("text", { x: WIDTH - 2, y: y + 4, class: "ratio" }, community.ratio.toFixed(2))));
  });
  box.replaceChildren(element("p", { class: "hint" }, gettext("Cases by expected cases of each community. Bars: where 95 % and 99.8 % of ordinary communities of that size would lie. Only a dot outside its bar says something.")), picture, funnel(communities));
}

/** The same by size: the fewer cases are expected, the wider chance lets a community stray. No league table. @param {any[]} communities */
function funnel(communities) {
  const height = 210, left = 34, bottom = 34, top = 14, right = 10, least = 0.25;
  const most = Math.max(2, ...communities.map((c) => Math.max(c.ratio, c.bands[1][1])));
  const sizes = communities.map((c) => Math.max(c.expected, 0.1)), small = Math.min(...sizes), large = Math.max(...sizes, small * 1.5);
  const x = (/** @type {number} */ size) => left + (WIDTH - left - right) * (Math.log(Math.max(size, 0.1) / small) / Math.log(large / small));
  const y = (/** @type {number} */ ratio) => height - bottom - (height - bottom - top) * (Math.log(Math.max(ratio, least) / least) / Math.log(most / least));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "funnel", role: "img", "aria-label": gettext("Funnel: ratio of each community by its expected cases"), "data-test": "funnel" });
  const along = [...communities].sort((a, b) => a.expected - b.expected);
  for (const [k, name] of /** @type {[number, string][]} */ ([[1, "wide"], [0, "band"]])) {
    const upper = along.map((c) => `${x(c.expected).toFixed(1)},${y(c.bands[k][1]).toFixed(1)}`), lower = along.map((c) => `${x(c.expected).toFixed(1)},${y(c.bands[k][0]).toFixed(1)}`).reverse();
    picture.append(svg("polygon", { points: [...upper, ...lower].join(" "), class: name }));
  }
  for (const tick of [0.5, 1, 2, 4, 8, 16].filter((t) => t <= most)) picture.append(svg("line", { x1: left, x2: WIDTH - right, y1: y(tick), y2: y(tick), class: tick === 1 ? "one" : "tick" }), svg("text", { x: left - 4, y: y(tick) + 4, "text-anchor": "end" }, `×${tick}`));
  for (const size of [1, 3, 10, 30, 100, 300, 1000, 3000, 10000].filter((s) => s >= small && s <= large)) picture.append(svg("text", { x: x(size), y: height - bottom + 14, "text-anchor": "middle" }, String(size)));
  picture.append(svg("text", { x: (left + WIDTH - right) / 2, y: height - 4, "text-anchor": "middle" }, gettext("expected cases")));
  for (const c of communities) picture.append(svg("g", { class: standing(c) }, svg("title", {}, `${nameOf(c)} ×${c.ratio.toFixed(2)}`), svg("circle", { cx: x(c.expected), cy: y(c.ratio), r: 3.5 })));
  return picture;
}
