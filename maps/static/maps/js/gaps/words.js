// @ts-check
/** What is known of a cell and what may be missing there: colours, words, and the order of the list. Pure. */

/** @type {Record<string, {colour: string, words: () => string}>} */
export const CLASSES = {
  nobody_looked: { colour: "#d4d4d4", words: () => gettext("Nobody looked: nothing is known") },
  reported_not_walked: { colour: "#e69f00", words: () => gettext("Reported, but not walked") },
  walked_found: { colour: "#1f5f99", words: () => gettext("Walked, problems found") },
  walked_clean: { colour: "#8ecae6", words: () => gettext("Walked and clean") },
};

/** @type {Record<string, () => string>} */
export const LAYERS = {
  not_walked: () => gettext("Nobody walked in these days"),
  nobody_posted: () => gettext("Nobody is posted"),
  no_survey: () => gettext("No recent survey of components"),
  citizens_above_patrols: () => gettext("Citizens report far more than patrols find"),
  over_limit: () => gettext("A limit ran out"),
  far_from_team: () => gettext("Far from a team on duty (straight line)"),
};

/** Whether a cell is of a class or has a gap. @param {any} cell properties of a cell @param {string} chosen */
export const has = (cell, chosen) => cell.class === chosen || cell.layers.includes(chosen);

/** The cells chosen, the longest unwalked first: those that never were before all. @param {any[]} cells @param {string} chosen */
export function listed(cells, chosen) {
  const days = (/** @type {any} */ cell) => cell.age_days ?? Infinity;
  return cells.filter((cell) => has(cell, chosen)).sort((a, b) => (days(a) === days(b) ? a.code.localeCompare(b.code) : days(b) - days(a)));
}

/** @param {{age_days: number | null}} cell */
export function walked(cell) {
  if (cell.age_days === null) return gettext("never, as far as is recorded");
  if (cell.age_days === 0) return gettext("that day");
  return interpolate(ngettext("%s day before", "%s days before", cell.age_days), [cell.age_days]);
}
