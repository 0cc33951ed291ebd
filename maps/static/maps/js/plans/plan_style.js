// @ts-check
/** How a plan is drawn over the city: cells by third-level grid, what changes hands hatched, what is locked dotted. */
import { COLOUR_OF_GRID } from "./palette.js";

const INK = "#1f3945";
const FONT = ["Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei"];
const GONE = ["boolean", ["feature-state", "gone"], false];
const is = (/** @type {string} */ state) => ["boolean", ["feature-state", state], false];

/** Marks that come and go, the strongest last. */
export const MARKS = { lit: "#c98200", chosen: "#0b4f8a", brushed: "#16323f", refused: "#c4231a" };

const base = { source: "grids", "source-layer": "cells" };
const plan = { source: "plan" };
/** @param {any} shown what is drawn where the cell was not taken over by the plan */
const unlessGone = (shown) => ["case", GONE, 0, shown];
const marked = ["any", ...Object.keys(MARKS).map(is)];
const markColour = ["case", ...Object.entries(MARKS).reverse().flatMap(([state, colour]) => [is(state), colour]), INK];

/** @param {number | null} active the grid painted with stands out */
export const fillOpacity = (active, /** @type {number} */ calm) => ["case", ["==", ["get", "grid"], active ?? 0], Math.min(0.86, calm + 0.24), calm];
export const BASE_CALM = 0.36, PLAN_CALM = 0.6;
/** @param {number[]} locked */
export const lockedOnly = (locked) => ["in", ["get", "grid"], ["literal", locked]];
export const onlyActive = (/** @type {number | null} */ active) => ["==", ["get", "grid"], active ?? 0];

/** The layers of the plan, from below. @param {number} digits of a cell's serial @param {string} born the word for a cell without a code */
export function planLayers(digits, born) {
  const line = { "line-join": "round", "line-cap": "round" };
  const twice = (/** @type {string} */ id, /** @type {any} */ layer) => [
    { id: `base-${id}`, ...base, ...layer(true) },
    { id: `plan-${id}`, ...plan, ...layer(false) },
  ];
  const shown = (/** @type {boolean} */ below, /** @type {any} */ value) => (below ? unlessGone(value) : value);
  return [
    { id: "base-fill", type: "fill", ...base, paint: { "fill-color": COLOUR_OF_GRID, "fill-opacity": unlessGone(fillOpacity(null, BASE_CALM)) } },
    { id: "plan-fill", type: "fill", ...plan, paint: { "fill-color": COLOUR_OF_GRID, "fill-opacity": fillOpacity(null, PLAN_CALM) } },
    { id: "plan-hands", type: "fill", ...plan, filter: ["==", ["get", "changes_hands"], true], paint: { "fill-pattern": "plan-hatch" } },
    ...twice("locked", (/** @type {boolean} */ below) => ({ type: "fill", filter: lockedOnly([]), paint: { "fill-pattern": "plan-locked", "fill-opacity": shown(below, 0.9) } })),
    ...twice("mark-fill", (/** @type {boolean} */ below) => ({ type: "fill", paint: { "fill-color": markColour, "fill-opacity": shown(below, ["case", marked, 0.3, 0]) } })),
    { id: "plan-line", type: "line", ...plan, layout: line, paint: { "line-color": INK, "line-opacity": 0.75, "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.4, 17, 1.3] } },
    { id: "plan-born", type: "line", ...plan, filter: ["<", ["get", "key"], 0], layout: { "line-join": "round" },
      paint: { "line-color": "#6d1fa8", "line-width": ["interpolate", ["linear"], ["zoom"], 13, 1, 17, 2.6], "line-dasharray": [2.2, 1.6] } },
    ...twice("active", (/** @type {boolean} */ below) => ({ type: "line", filter: onlyActive(null), layout: line,
      paint: { "line-color": INK, "line-opacity": shown(below, 0.85), "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.7, 17, 2] } })),
    ...twice("mark-line", (/** @type {boolean} */ below) => ({ type: "line", layout: line, paint: { "line-color": markColour, "line-width": 3, "line-opacity": shown(below, ["case", marked, 1, 0]) } })),
    { id: "plan-code", type: "symbol", ...plan, minzoom: 16,
      layout: { "text-field": ["case", ["!=", ["get", "code"], ""], ["slice", ["get", "code"], -digits], born], "text-font": FONT, "text-size": 11.5, "text-padding": 1 },
      paint: { "text-color": INK, "text-halo-color": "rgba(255,255,255,.9)", "text-halo-width": 1.4 } },
  ];
}

/** Calm the city down for drawing: borders in force in grey, work switched off until it is asked for. */
export const CALMED = {
  "border-grid": { "line-color": "#43545d", "line-dasharray": [1.2, 2.2], "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.35, 16, 0.75] },
  cell: { "line-color": "#5d7480", "line-opacity": unlessGone(["interpolate", ["linear"], ["zoom"], 14, 0.3, 16, 0.75]) },
  "cell-code": { "text-opacity": unlessGone(1), "text-color": "#37505c" },
};
// An opacity that depends on the zoom must stand outermost.
CALMED.cell["line-opacity"] = ["interpolate", ["linear"], ["zoom"], 14, unlessGone(0.3), 16, unlessGone(0.75)];
export const NOT_DRAWN = ["cell-chosen", "community-chosen", "cell-outline", "case", "case-name", "case-count", "case-count-number", "component", "component-name"];

/** A tile of a pattern that repeats without a seam. @param {number} size @param {(brush: CanvasRenderingContext2D) => void} draw */
function pattern(size, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  draw(brush);
  return brush.getImageData(0, 0, size, size);
}

/** @returns {Record<string, ImageData>} */
export function patterns() {
  return {
    "plan-hatch": pattern(20, (brush) => {
      for (const [colour, width] of /** @type {[string, number][]} */ ([["rgba(255,255,255,.75)", 5], ["#7a1246", 2.4]])) {
        brush.strokeStyle = colour;
        brush.lineWidth = width;
        brush.beginPath();
        for (const shift of [-20, 0, 20]) {
          brush.moveTo(shift - 4, 24);
          brush.lineTo(shift + 24, -4);
        }
        brush.stroke();
      }
    }),
    "plan-locked": pattern(52, (brush) => {
      brush.strokeStyle = brush.fillStyle = "rgba(31,57,69,.8)";
      brush.lineWidth = 2.6;
      brush.fillRect(17, 25, 18, 14);
      brush.beginPath();
      brush.arc(26, 25, 6.2, Math.PI, 0);
      brush.stroke();
    }),
  };
}
