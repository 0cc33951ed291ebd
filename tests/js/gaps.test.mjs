/** The order of the coverage list: what nobody ever walked before what was walked long ago. */
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.gettext = (words) => words;
globalThis.ngettext = (one, many, n) => (n === 1 ? one : many);
globalThis.interpolate = (words, values) => words.replace(/%s/g, () => values.shift());
const { listed, walked } = await import("../../maps/static/maps/js/gaps/words.js");

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
