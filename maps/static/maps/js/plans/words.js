// @ts-check
/** What the kinds of edit, the figures and the moments are called. Pure. */

const KINDS = {
  paint: () => gettext("Painted"), new_grid: () => gettext("New grid"), lock: () => gettext("Locked"), unlock: () => gettext("Unlocked"),
  split: () => gettext("Split"), split_by_streets: () => gettext("Split by streets"), merge: () => gettext("Merged"),
  move_vertex: () => gettext("Corner moved"), move_border: () => gettext("Border moved"), redraw_border: () => gettext("Border redrawn"),
  straighten: () => gettext("Straightened"), paste: () => gettext("Outline pasted"), redivide: () => gettext("Divided anew"), share_out: () => gettext("Shared out"),
};

/** @param {string} kind */
export const kindWords = (kind) => /** @type {any} */ (KINDS)[kind]?.() ?? kind;

const locale = () => document.documentElement.lang || "en";

/** @param {string} iso */
export const day = (iso) => new Date(iso).toLocaleDateString(locale(), { year: "numeric", month: "short", day: "numeric" });

/** @param {string} iso */
export const moment = (iso) => new Date(iso).toLocaleString(locale(), { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** Square metres, in hectares where they are many. @param {number} m2 */
export function area(m2) {
  if (!Number.isFinite(m2)) return "–";
  return m2 >= 100_000 ? `${(m2 / 10_000).toFixed(1)} ha` : `${Math.round(m2).toLocaleString(locale())} m²`;
}

/** A number as people read it. @param {number | null | undefined} value @param {number} [digits] */
export const number = (value, digits = 0) =>
  value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A difference with its sign, empty where there is none. @param {number} value @param {number} [digits] */
export function signed(value, digits = 0) {
  const rounded = Number(value.toFixed(digits));
  if (!rounded) return "";
  return `${rounded > 0 ? "+" : "−"}${number(Math.abs(rounded), digits)}`;
}
