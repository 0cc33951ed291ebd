// @ts-check
/** Colours of third-level grids: Paul Tol's “light” scheme, made for filled areas and safe for colour-blind eyes. Pure. */

export const COLOURS = ["#77aadd", "#ee8866", "#eedd88", "#44bb99", "#ffaabb", "#99ddff", "#bbcc33", "#aa9ad6", "#c9a57b"];
export const NONE = "#c9ced1";
// Neighbours have neighbouring numbers: a stride that shares no divisor with the number of colours keeps them apart.
const STRIDE = 2;

/** The colour of a grid, always the same one. @param {number | null | undefined} key */
export function colourOf(key) {
  return key ? COLOURS[(Math.abs(key) * STRIDE + (key < 0 ? 3 : 0)) % COLOURS.length] : NONE;
}

/** The same as an expression of MapLibre, of a feature's `grid`. */
export const COLOUR_OF_GRID = [
  "case", ["!", ["to-boolean", ["get", "grid"]]], NONE,
  ["to-color", ["at", ["%", ["+", ["*", ["abs", ["to-number", ["get", "grid"]]], STRIDE], ["case", ["<", ["to-number", ["get", "grid"]], 0], 3, 0]], COLOURS.length], ["literal", COLOURS]]],
];
