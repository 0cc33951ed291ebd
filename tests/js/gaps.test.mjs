/** The coverage list: its order, what it says of a cell, who could be sent; and what of a curve is known. */
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en" } };
globalThis.gettext = (words) => words;
globalThis.ngettext = (one, many, n) => (n === 1 ? one : many);
globalThis.interpolate = (words, values, named) => (named ? words.replace(/%\((\w+)\)s/g, (_, name) => values[name]) : words.replace(/%s/g, () => values.shift()));
const { CLASSES, LAYERS, candidates, fact, joined, listed, walked } = await import("../../maps/static/maps/js/gaps/words.js");
const { known, roof } = await import("../../maps/static/maps/js/gaps/curve.js");

const cells = [
  { code: "3", class: "walked_clean", layers: ["no_survey"], age_days: 0 },
  { code: "2", class: "nobody_looked", layers: ["not_walked"], age_days: 9 },
  { code: "4", class: "nobody_looked", layers: ["not_walked", "no_survey"], age_days: null },
  { code: "1", class: "reported_not_walked", layers: ["not_walked"], age_days: null },
];
const codes = (chosen) => listed(cells, chosen).map((cell) => cell.code);

test("a class or a gap lists its cells, never walked first, then the longest ago, then by code", () => {
  assert.deepEqual(codes("not_walked"), ["1", "4", "2"]);
  assert.deepEqual(codes("no_survey"), ["4", "3"]);
  assert.deepEqual(codes("walked_found"), []);
});

test("a cell without a recorded walk is not said to be unwalked since ever", () => {
  assert.match(walked({ age_days: null }), /as far as is recorded/);
  assert.equal(walked({ age_days: 1 }), "1 day before");
  assert.equal(walked({ age_days: 9 }), "9 days before");
});

test("columns become one object a cell, with its gaps by name and what is ordered", () => {
  const cells = { id: [7, 9], code: ["a", "b"], community: [1, 1], grid: [4, null], at: [113500000, 34250000, 113500001, 34250001], known: [1, 0], layers: [5, 0], age: [-1, 3], reports: [2, 0], long_found: [0, 0], long_told: [9, 0], share: [[0, 0, 30], null], over_limit: [0, 0], surveyed: [null, "2020-01-02"], team: [-1, 700] };
  const [a, b] = joined({ classes: ["walked_clean", "nobody_looked"], layers: ["not_walked", "nobody_posted", "no_survey"], cells, ordered: { 9: [3, "2026-03-05"] } });
  assert.deepEqual([a.class, a.layers, a.age_days, a.lon, a.lat, a.ordered], ["nobody_looked", ["not_walked", "no_survey"], null, 113.5, 34.25, null]);
  // Ground that is not divided is answered for as the community.
  assert.deepEqual([b.class, b.layers, b.age_days, b.grid, b.ordered], ["walked_clean", [], 3, 1, [3, "2026-03-05"]]);
  assert.equal(fact(a, "citizens_above_patrols"), "patrols 0, citizens 9: 0 % (0–30 %)");
  assert.deepEqual(["no_survey", "far_from_team", "not_walked"].map((name) => fact(a, name)), ["no survey on record", "no team on duty", "2 reports"]);
});

test("every class and every gap says what it means with the city's own figures", () => {
  const rules = { days: 7, far_m: 3000, share: 0.33, long_days: 90, years: 3 };
  for (const { meaning } of [...Object.values(CLASSES), ...Object.values(LAYERS)]) assert.doesNotMatch(meaning(rules), /%s|%\(|undefined|NaN/);
  assert.match(CLASSES.nobody_looked.meaning(rules), /not to say that nothing is wrong/);
  assert.match(LAYERS.far_from_team.meaning(rules), /3.0 km/);
});

test("who walks and answers for most of the cells is proposed first; others of the community after him", () => {
  const people = { 4: [{ id: 1, walks: true }], 5: [{ id: 2, walks: true }, { id: 3, walks: false }], 6: [{ id: 8, walks: true }] };
  const all = [{ community: 1, grid: 4 }, { community: 1, grid: 5 }, { community: 1, grid: 5 }, { community: 1, grid: 7 }, { community: 2, grid: 6 }];
  const found = candidates(all.slice(1, 4), all, people);
  assert.deepEqual(found.people.map(({ id, cells }) => [id, cells]), [[2, 2], [1, 0]]);
  assert.equal(found.left, 1);
});

test("a curve is drawn where it is known, up to a round number", () => {
  assert.deepEqual(known([null, null, 3, 4, null, 1]), [[2, 3], [5, 5]]);
  assert.deepEqual(known([null]), []);
  assert.deepEqual([0, 4, 5, 17, 100, 101, 1992].map(roof), [4, 4, 5, 20, 100, 200, 2000]);
});
