// @ts-check
/** What can be missing at a grid, the gravest first: its colour on the map, its words. Pure. */

/** @type {Record<string, {colour: string, words: () => string, short: () => string}>} */
export const CLASSES = {
  nobody: { colour: "#9c1238", words: () => gettext("Nobody is responsible"), short: () => gettext("nobody") },
  no_seconded: { colour: "#e27a1f", words: () => gettext("No seconded officer"), short: () => gettext("no seconded officer") },
  outside: { colour: "#6b4fb3", words: () => gettext("Officer with too few or too many grids"), short: () => gettext("too few or too many grids") },
  lapsing: { colour: "#e8c31d", words: () => gettext("A post lapses soon"), short: () => gettext("lapses soon") },
  well: { colour: "#86b8a8", words: () => gettext("All well"), short: () => gettext("all well") },
};
const RANK = Object.keys(CLASSES);

/** How grave what is missing at a grid is: lower is graver, more of it is graver than less. @param {{gaps: string[]}} grid */
const gravity = (grid) => RANK.indexOf(grid.gaps[0]) * 10 - grid.gaps.length;

/**
 * The grids of a class in an order; those that have no day to lapse stand last.
 * @param {any[]} grids @param {string | null} chosen class, or all @param {string} by name, gap or ends_on @param {boolean} down @param {(grid: any) => string} name
 */
export function sorted(grids, chosen, by, down, name) {
  const sign = down ? -1 : 1;
  const some = chosen === null ? [...grids] : grids.filter((grid) => grid.gaps.includes(chosen));
  return some.sort((a, b) => {
    const byName = name(a).localeCompare(name(b), undefined, { numeric: true });
    if (by === "name") return sign * byName;
    // The gravest first is how a list of gaps “descends”.
    if (by === "gap") return -sign * (gravity(a) - gravity(b)) || byName;
    if (!a.ends_on || !b.ends_on) return (a.ends_on ? 0 : 1) - (b.ends_on ? 0 : 1) || byName;
    return sign * a.ends_on.localeCompare(b.ends_on) || byName;
  });
}
