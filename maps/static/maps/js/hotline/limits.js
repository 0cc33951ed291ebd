// @ts-check
/** Limits of handling in words. Pure. */

const UNITS = {
  UH: (/** @type {number} */ n) => ngettext("%s hour by the clock", "%s hours by the clock", n),
  UD: (/** @type {number} */ n) => ngettext("%s day by the clock", "%s days by the clock", n),
  WH: (/** @type {number} */ n) => ngettext("%s working hour", "%s working hours", n),
  WD: (/** @type {number} */ n) => ngettext("%s working day", "%s working days", n),
};

/** @param {{value: number, unit: string}} limit */
const one = (limit) => interpolate(UNITS[limit.unit]?.(limit.value) ?? "%s", [limit.value]);

/** “3 working days”, or the shortest and the longest; empty where a class has none. @param {{value: number, unit: string}[]} limits */
export function limitWords(limits) {
  if (!limits?.length) return "";
  if (limits.length === 1) return one(limits[0]);
  return interpolate(gettext("%(shortest)s to %(longest)s"), { shortest: one(limits[0]), longest: one(limits[limits.length - 1]) }, true);
}

/** The limits that count for a class: of the condition that is said, else of its first. @param {any} c @param {number | null} serial */
export function limitsOf(c, serial) {
  const conditions = c.conditions ?? [];
  return (conditions.find((/** @type {any} */ one) => one.serial === serial) ?? conditions[0] ?? c).limits;
}
