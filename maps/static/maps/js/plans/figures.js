// @ts-check
/** The impact's figures: which columns, how they are written, how rows are sorted. Pure. */

/**
 * @typedef {{key: string, words: () => string, digits: number, short: boolean, up: "" | "good" | "bad", scale?: number, pick?: (figures: any) => any}} Column
 * `short`: also in the narrow table; `up`: whether more is good, bad, or neither
 */

/** @type {Column[]} */
export const COLUMNS = [
  { key: "cells", words: () => gettext("Cells"), digits: 0, short: true, up: "" },
  { key: "area_m2", words: () => gettext("Area, ha"), digits: 1, short: true, up: "", scale: 10_000 },
  { key: "load_minutes_per_day", words: () => gettext("Load, min/day"), digits: 0, short: true, up: "" },
  { key: "open_cases", words: () => gettext("Open cases"), digits: 0, short: true, up: "" },
  { key: "components", words: () => gettext("Components"), digits: 0, short: false, up: "" },
  { key: "closed_30d", words: () => gettext("Closed, 30 days"), digits: 0, short: false, up: "" },
  { key: "closed_365d", words: () => gettext("Closed, 365 days"), digits: 0, short: false, up: "" },
  { key: "cells_out_of_range", words: () => gettext("Cells out of range"), digits: 0, short: false, up: "bad" },
  { key: "compactness", words: () => gettext("Compactness"), digits: 2, short: false, up: "good" },
  { key: "parts", words: () => gettext("Parts"), digits: 0, short: false, up: "bad" },
  { key: "people", words: () => gettext("People"), digits: 0, short: false, up: "good" },
];

/** The number of a column. @param {Column} column @param {any} figures null where there is no such grid */
export function valueOf(column, figures) {
  const found = figures?.[column.key];
  const value = Array.isArray(found) ? found.length : found;
  return typeof value === "number" ? value / (column.scale ?? 1) : null;
}

/** @param {Column} column @param {any} row */
export const changeOf = (column, row) => (valueOf(column, row.after) ?? 0) - (valueOf(column, row.before) ?? 0);

/** Whether a change is for the better. @param {Column} column @param {number} change @returns {"" | "good" | "bad"} */
export function mood(column, change) {
  if (!column.up || Math.abs(change) < 0.5 * 10 ** -column.digits) return "";
  return change > 0 === (column.up === "good") ? "good" : "bad";
}

/**
 * Rows in the order asked for.
 * @param {any[]} rows @param {string} by a column's key, or "name" @param {"after" | "change"} what @param {number} way 1 ascending, -1 descending
 * @param {(row: any) => string} nameOf
 */
export function sorted(rows, by, what, way, nameOf) {
  const column = COLUMNS.find((c) => c.key === by);
  const worth = (/** @type {any} */ row) => (column ? (what === "change" ? changeOf(column, row) : valueOf(column, row.after) ?? -Infinity) : 0);
  return [...rows].sort((one, other) => (column ? way * (worth(one) - worth(other)) : way * nameOf(one).localeCompare(nameOf(other))) || nameOf(one).localeCompare(nameOf(other)));
}
