/** The order of the staffing list. */
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.gettext = (words) => words;
const { CLASSES, sorted } = await import("../../maps/static/maps/js/staffing/words.js");

const grids = [
  { name: "b 10", gaps: ["lapsing"], ends_on: "2026-03-09" },
  { name: "b 2", gaps: ["nobody"], ends_on: null },
  { name: "a 1", gaps: ["nobody", "no_seconded"], ends_on: null },
  { name: "c 1", gaps: ["outside", "lapsing"], ends_on: "2026-03-02" },
];
const order = (chosen, by, down) => sorted(grids, chosen, by, down, (grid) => grid.name).map((grid) => grid.name);

test("the gravest stands first, and more that is missing before less", () => {
  assert.deepEqual(order(null, "gap", true), ["a 1", "b 2", "c 1", "b 10"]);
  assert.deepEqual(order(null, "gap", false), ["b 10", "c 1", "b 2", "a 1"]);
});

test("numbers in names count as numbers", () => {
  assert.deepEqual(order(null, "name", false), ["a 1", "b 2", "b 10", "c 1"]);
});

test("what lapses first stands first, what does not lapse last, both ways", () => {
  assert.deepEqual(order(null, "ends_on", false), ["c 1", "b 10", "a 1", "b 2"]);
  assert.deepEqual(order(null, "ends_on", true), ["b 10", "c 1", "a 1", "b 2"]);
});

test("a class shows every grid that has its gap", () => {
  assert.deepEqual(order("lapsing", "name", false), ["b 10", "c 1"]);
  assert.deepEqual(Object.keys(CLASSES), ["nobody", "no_seconded", "outside", "lapsing", "well"]);
});
