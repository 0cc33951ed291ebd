// @ts-check
/** The classes a unit can be drawn in, their colours and words. The same for all times, so that months compare. */

/** @typedef {{key: string, colour: string, words: string, opacity?: number, hatched?: boolean}} Step */

const NOT = { key: "0", colour: "#bdbdbd", opacity: 0.28 };
const FEW = { key: "few", colour: "#8a8a8a", opacity: 0, hatched: true };
/** ColorBrewer RdBu: hot and cold are told apart by colour-blind eyes too, and sure ones are darker than less sure ones. */
const TIERS = /** @type {[number, string][]} */ ([[99, "#b2182b"], [95, "#ef8a62"], [90, "#fddbc7"], [-90, "#d1e5f0"], [-95, "#67a9cf"], [-99, "#2166ac"]]);
const RATES = { 99: "1", 95: "5", 90: "10" };

/** @returns {Step[]} */
function tiers() {
  return TIERS.map(([tier, colour]) => {
    const words = tier > 0 ? gettext("hot, at most %s %% false") : gettext("cold, at most %s %% false");
    return { key: String(tier), colour, words: words.replace("%s", RATES[/** @type {99} */ (Math.abs(tier))]).replace("%%", "%") };
  });
}

/**
 * What a method shows.
 * @typedef {{name: string, words: string, steps: Step[], of: (units: any, n: number) => string}} Method
 */

/** @param {any[]} patterns @returns {Record<string, Method>} */
export function methods(patterns) {
  const few = { ...FEW, words: gettext("too few data") }, not = { ...NOT, words: gettext("not significant") };
  return {
    oe: {
      name: gettext("Observed / expected"), words: gettext("Each unit with all within three steps, held against what was to be expected; false discoveries counted over the whole city."),
      steps: [...tiers(), not, few], of: (units, n) => (units.state[n] === 3 ? "few" : String(units.tier[n])),
    },
    gi: {
      name: "Gi*", words: gettext("Getis and Ord's Gi* of smoothed rates: places where high or low rates lie side by side."),
      steps: [...tiers(), not], of: (units, n) => String(units.gi_tier[n]),
    },
    trend: {
      name: gettext("Patterns in time"), words: gettext("What became of each unit's Gi* in eight slices of the period and its past."),
      steps: [...patterns.slice(1).map((p) => ({ key: p.slug, colour: p.colour, words: `${p.name}: ${p.meaning}` })), { ...NOT, key: "none", words: gettext("no pattern") }],
      of: (units, n) => patterns[units.trend[n]].slug,
    },
    density: {
      name: gettext("Density, for looks"), words: "", steps: [], of: () => "",
    },
  };
}

/** Two periods: where it is hot now, where it was, and where both. @returns {Step[]} */
export function differences() {
  return [
    { key: "new", colour: "#b2182b", words: gettext("hot now, not before") },
    { key: "both", colour: "#7b3294", words: gettext("hot in both") },
    { key: "gone", colour: "#2166ac", words: gettext("hot before, not now") },
    { ...NOT, words: gettext("hot in neither") },
  ];
}

/** @param {number} now tier @param {number} before tier */
export function difference(now, before) {
  if (now > 0) return before > 0 ? "both" : "new";
  return before > 0 ? "gone" : "0";
}
