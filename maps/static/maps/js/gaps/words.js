// @ts-check
/** What is known of a cell and what may be missing there: colours, words, and the order of the list. Pure. */
import { distance } from "../formats.js";

/** @type {Record<string, {colour: string, words: () => string, meaning: () => string}>} */
export const CLASSES = {
  nobody_looked: {
    colour: "#d4d4d4", words: () => gettext("Nobody looked: nothing is known"),
    meaning: () => gettext("Nobody walked there and nobody reported anything. That is not to say that nothing is wrong."),
  },
  reported_not_walked: {
    colour: "#e69f00", words: () => gettext("Reported, but not walked"),
    meaning: () => gettext("Somebody reported something there, but nobody walked there in these days."),
  },
  walked_found: {
    colour: "#1f5f99", words: () => gettext("Walked, problems found"),
    meaning: () => gettext("Somebody walked there, and something was reported there in these days, by whomever."),
  },
  walked_clean: {
    colour: "#8ecae6", words: () => gettext("Walked and clean"),
    meaning: () => gettext("Somebody walked there on foot, and nothing was reported there in these days."),
  },
};

/** @typedef {{days: number, far_m: number, share: number, long_days: number, years: number}} Rules */
/** @type {Record<string, {words: () => string, meaning: (rules: Rules) => string, fact?: (cell: any) => string}>} */
export const LAYERS = {
  not_walked: {
    words: () => gettext("Nobody walked in these days"),
    meaning: ({ days }) => interpolate(ngettext("Nobody was seen there on foot on this day.", "Nobody was seen there on foot in these %s days.", days), [days]),
  },
  nobody_posted: {
    words: () => gettext("Nobody is posted"),
    meaning: () => gettext("On the day nobody answers for its third-level grid; a seconded officer does not."),
  },
  no_survey: {
    words: () => gettext("No recent survey of components"),
    meaning: ({ years }) => interpolate(gettext("No component there was surveyed in the %s years before, or none ever. A cell that holds none looks the same."), [years]),
    fact: (cell) => (cell.surveyed ? interpolate(gettext("surveyed on %s"), [cell.surveyed]) : gettext("no survey on record")),
  },
  citizens_above_patrols: {
    words: () => gettext("Citizens report far more than patrols find"),
    meaning: ({ share, long_days }) => interpolate(gettext("In %(days)s days patrols found surely less than %(share)s of what they and citizens reported: the upper end of the %(sure)s interval lies below it."), { days: long_days, share: `${Math.round(share * 100)} %`, sure: "95 %" }, true),
    fact: (cell) => cell.share && interpolate(gettext("patrols %(found)s, citizens %(told)s: %(share)s (%(low)s–%(high)s)"), { found: cell.long_found, told: cell.long_told, share: `${cell.share[0]} %`, low: cell.share[1], high: `${cell.share[2]} %` }, true),
  },
  over_limit: {
    words: () => gettext("A limit ran out"),
    meaning: () => gettext("Of a case reported there in these days a limit ran out before the step was done."),
    fact: (cell) => interpolate(ngettext("%s case over its limit", "%s cases over their limit", cell.over_limit), [cell.over_limit]),
  },
  far_from_team: {
    words: () => gettext("Far from a team on duty (straight line)"),
    meaning: ({ far_m }) => interpolate(gettext("More than %s in a straight line from every emergency team on duty at noon; all cells where none is."), [distance(far_m)]),
    fact: (cell) => (cell.team < 0 ? gettext("no team on duty") : distance(cell.team)),
  },
};

/** One object a cell from the columns of the answer. @param {{classes: string[], layers: string[], cells: Record<string, any[]>, ordered: Record<string, [number, string]>}} found */
export function joined({ classes, layers, cells, ordered }) {
  return cells.id.map((id, k) => ({
    id,
    code: cells.code[k],
    community: cells.community[k],
    grid: cells.grid[k] ?? cells.community[k],
    lon: cells.at[2 * k] / 1e6,
    lat: cells.at[2 * k + 1] / 1e6,
    class: classes[cells.known[k]],
    layers: layers.filter((_, bit) => cells.layers[k] & (1 << bit)),
    age_days: cells.age[k] < 0 ? null : cells.age[k],
    reports: cells.reports[k],
    long_found: cells.long_found[k],
    long_told: cells.long_told[k],
    share: cells.share[k],
    over_limit: cells.over_limit[k],
    surveyed: cells.surveyed[k],
    team: cells.team[k],
    ordered: ordered[id] ?? null,
  }));
}

/** Whether a cell is of a class or has a gap. @param {any} cell @param {string} chosen */
export const has = (cell, chosen) => cell.class === chosen || cell.layers.includes(chosen);

/** The cells chosen, the longest unwalked first: those that never were before all. @param {any[]} cells @param {string} chosen */
export function listed(cells, chosen) {
  const days = (/** @type {any} */ cell) => cell.age_days ?? Infinity;
  return cells.filter((cell) => has(cell, chosen)).sort((a, b) => (days(a) === days(b) ? (a.code < b.code ? -1 : 1) : days(b) - days(a)));
}

/** @param {{age_days: number | null}} cell */
export function walked(cell) {
  if (cell.age_days === null) return gettext("never, as far as is recorded");
  if (cell.age_days === 0) return gettext("that day");
  return interpolate(ngettext("%s day before", "%s days before", cell.age_days), [cell.age_days]);
}

/** What the list says of a cell besides, by what is shown. @param {any} cell @param {string} chosen */
export function fact(cell, chosen) {
  const own = LAYERS[chosen]?.fact?.(cell);
  if (own) return own;
  return cell.reports ? interpolate(ngettext("%s report", "%s reports", cell.reports), [cell.reports]) : "";
}

/**
 * Who could be sent to some cells: who walks and answers for a grid of their communities, the one with most of them first.
 * `cells` is how many of them lie in grids he answers for; nobody answers for `left`.
 * @param {any[]} chosen @param {any[]} all @param {Record<string, any[]>} people by grid
 */
export function candidates(chosen, all, people) {
  const walkers = (/** @type {number} */ grid) => (people[grid] ?? []).filter((person) => person.walks);
  const communities = new Set(chosen.map((cell) => cell.community));
  const found = /** @type {Map<number, any>} */ (new Map());
  for (const grid of new Set(all.filter((cell) => communities.has(cell.community)).map((cell) => cell.grid))) {
    for (const person of walkers(grid)) if (!found.has(person.id)) found.set(person.id, { ...person, cells: 0 });
  }
  let left = 0;
  for (const cell of chosen) {
    const those = walkers(cell.grid);
    if (!those.length) left += 1;
    for (const person of those) /** @type {any} */ (found.get(person.id)).cells += 1;
  }
  return { people: [...found.values()].sort((a, b) => b.cells - a.cells || a.id - b.id), left };
}
