// @ts-check
/** Small multiples: the city once for each major class, in the same colours. */
import { get } from "../api.js";
import { element } from "../dom.js";

const WIDTH = 160, HEIGHT = 130;

/** Units onto a canvas, west to east and south to north. @param {HTMLCanvasElement} canvas @param {any} frame @param {number[]} bounds @param {(n: number) => string | null} colour */
export function paintSmall(canvas, frame, bounds, colour) {
  const [west, south, east, north] = bounds, wide = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = Math.min(canvas.width / ((east - west) * wide), canvas.height / (north - south));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const left = (canvas.width - (east - west) * wide * scale) / 2, top = (canvas.height - (north - south) * scale) / 2;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  frame.features.forEach((/** @type {any} */ feature, /** @type {number} */ n) => {
    const { type, coordinates } = feature.geometry;
    pen.fillStyle = colour(n) ?? "#e3e3e0";
    pen.beginPath();
    for (const polygon of type === "Polygon" ? [coordinates] : coordinates) {
      for (const ring of polygon) ring.forEach(([lon, lat], /** @type {number} */ k) => pen[k ? "lineTo" : "moveTo"](left + (lon - west) * wide * scale, top + (north - lat) * scale));
    }
    pen.fill();
  });
}

/** One after the other: the server looks at one at a time. @param {HTMLElement} box @param {any} frame @param {any} config @param {any} query @param {any} method @param {AbortSignal} signal */
export async function drawClasses(box, frame, config, query, method, signal) {
  const colours = new Map(method.steps.map((/** @type {any} */ step) => [step.key, step.opacity === undefined ? step.colour : null]));
  box.replaceChildren(element("p", { class: "hint" }, gettext("The same period and colours, one major class each; a click shows it alone.")));
  for (const { key, name } of config.majors) {
    const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { width: 2 * WIDTH, height: 2 * HEIGHT }));
    const words = element("small", {}, "…");
    const asked = new URLSearchParams({ ...query, class: key });
    const tile = element("a", { href: `?${asked}`, "aria-busy": "true" }, canvas, element("span", {}, name), words);
    box.append(tile);
    try {
      const answer = await get("/api/hotspots", { ...query, class: key }, signal);
      paintSmall(canvas, frame, config.bounds, (n) => colours.get(method.of(answer.units, n)) ?? null);
      words.textContent = interpolate(gettext("%(cases)s cases, %(spots)s places"), { cases: answer.figures.cases, spots: answer.spots.length }, true);
    } catch (problem) {
      if (/** @type {Error} */ (problem).name === "AbortError") return;
      words.textContent = /** @type {Error} */ (problem).message;
    }
    tile.setAttribute("aria-busy", "false");
  }
}
