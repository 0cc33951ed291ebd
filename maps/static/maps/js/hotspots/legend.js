// @ts-check
/** The legend with its numbers: how many units are drawn in each class. */
import { byId, element } from "../dom.js";

/** @param {import("./scales.js").Step[]} steps @param {Map<string, number>} counts by key @param {string} words of the method */
export function drawLegend(steps, counts, words) {
  const rows = steps.map((step) => {
    const swatch = element("span", { class: step.hatched ? "swatch hatched" : "swatch", "aria-hidden": "true" });
    if (!step.hatched) swatch.style.background = step.colour;
    return element("li", { "data-key": step.key }, swatch, element("span", {}, step.words), element("b", {}, (counts.get(step.key) ?? 0).toLocaleString()));
  });
  byId("legend-rows").replaceChildren(element("ul", {}, rows), element("p", { class: "hint" }, words));
}
