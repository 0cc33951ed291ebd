// The drawing table's pure parts: what is drawn and hidden after an edit, the nearest edit, the address, the figures.
import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => import(new URL(`../../maps/static/maps/js/plans/${name}.js`, import.meta.url));
globalThis.gettext = (words) => words;
globalThis.document = { documentElement: { lang: "en" } };

const { Drawn } = await at("drawn");
const { nearestEdit } = await at("nearest");
const { compose, parse } = await at("address");
const { COLUMNS, changeOf, mood, sorted, valueOf } = await at("figures");
const { COLOURS, colourOf } = await at("palette");
const { refresher } = await at("refresh");
const { signed } = await at("words");

const cell = (key, touched = true, ring = [[0, 0], [1, 0], [1, 1], [0, 0]]) => ({ type: "Feature", id: key, geometry: { type: "Polygon", coordinates: [ring] }, properties: { key, touched } });
const applied = (revision, features, removed = [], more = {}) => ({ revision, cells: { features }, removed, locked: [], can_undo: true, can_redo: false, ...more });

test("a painted cell is drawn by the plan and hidden in the base edition", () => {
  const plan = new Drawn();
  plan.load({ revision: 0, features: [], removed: [] });
  const delta = plan.apply(applied(1, [cell(7)]));
  assert.deepEqual([delta.put.map((f) => f.id), delta.drop, delta.hide, delta.show], [[7], [], [7], []]);
  assert.equal(plan.revision, 1);
  // Painted once more it is drawn anew, but hidden already.
  assert.deepEqual(plan.apply(applied(2, [cell(7)])).hide, []);
});

test("what is undone is left to the base edition again", () => {
  const plan = new Drawn();
  plan.load({ revision: 1, features: [cell(7), cell(-1)], removed: [9] });
  assert.deepEqual([...plan.hidden].sort(), [7, 9]);
  const delta = plan.apply(applied(2, [cell(7, false), cell(9, false)], [-1]));
  assert.deepEqual([delta.put, delta.drop.sort(), delta.hide, delta.show.sort()], [[], [-1, 7], [], [7, 9]]);
  assert.equal(plan.cells.size + plan.hidden.size, 0);
});

test("a merged cell goes from the base edition; one born in the plan was never in it", () => {
  const plan = new Drawn();
  plan.load({ revision: 3, features: [cell(-2)], removed: [] });
  const delta = plan.apply(applied(4, [cell(5)], [6, -2]));
  assert.deepEqual([delta.drop, delta.hide.sort()], [[-2], [5, 6]]);
});

test("loading anew drops what the plan has no more", () => {
  const plan = new Drawn();
  plan.load({ revision: 1, features: [cell(1), cell(2)], removed: [] });
  const delta = plan.load({ revision: 2, features: [cell(2), cell(3)], removed: [4] });
  assert.deepEqual([delta.drop, delta.hide, delta.show], [[1], [3, 4], [1]]);
  assert.deepEqual(plan.bounds([2, 99]), [[0, 0], [1, 1]]);
  assert.equal(plan.bounds([99]), null);
});

test("the nearest edit keeps the kind and replaces what was wrong", () => {
  const line = { type: "LineString", coordinates: [[1, 2], [3, 4]] }, lines = { type: "MultiLineString", coordinates: [[[1, 2], [3, 4]]] };
  assert.deepEqual(nearestEdit({ kind: "split", intent: { cells: [1], line: [[0, 0]] } }, { nearest: lines }), { kind: "split", intent: { cells: [1], lines: lines.coordinates } });
  assert.deepEqual(nearestEdit({ kind: "move_border", intent: { arc: "1:2:0", line: [] } }, { nearest: line }).intent, { arc: "1:2:0", line: line.coordinates });
  assert.equal(nearestEdit({ kind: "straighten", intent: { arc: "1:2:0", street: 4 } }, { nearest: line }).kind, "move_border");
  const point = { type: "Point", coordinates: [5, 6] };
  assert.deepEqual(nearestEdit({ kind: "move_vertex", intent: { at: [0, 0], to: [1, 1] } }, { nearest: point, reason: "no_vertex" }).intent, { at: [5, 6], to: [1, 1] });
  assert.deepEqual(nearestEdit({ kind: "move_vertex", intent: { at: [0, 0], to: [1, 1] } }, { nearest: point, reason: "spike" }).intent, { at: [0, 0], to: [5, 6] });
  assert.deepEqual(nearestEdit({ kind: "paint", intent: { cells: [1, 2], grid: 3 } }, { nearest_cells: [2] }).intent, { cells: [2], grid: 3 });
  assert.equal(nearestEdit({ kind: "lock", intent: { grids: [1] } }, { nearest: null, nearest_cells: [] }), null);
});

test("the address keeps view, grid and tab, and nothing that is not there", () => {
  const shown = { view: { zoom: 16.5, lat: 34.7, lon: 113.99 }, grid: -2, community: 30, tab: "checks", wide: true };
  assert.deepEqual(parse(compose(shown)), shown);
  assert.deepEqual(parse("#grid=x&tab=nonsense&map=1/2"), { view: null, grid: null, community: null, tab: null, wide: false });
});

test("rows are sorted by their change, by their value, by their name", () => {
  const rows = [["b", 5, 9], ["a", 5, 4], ["c", null, 7]].map(([name, before, after]) => ({ name, before: before && { cells: before }, after: { cells: after } }));
  const order = (...how) => sorted(rows, ...how, (row) => row.name).map((row) => row.name).join("");
  assert.equal(order("cells", "change", -1), "cba"); // +7, +4, -1
  assert.equal(order("cells", "after", 1), "acb");
  assert.equal(order("name", "after", 1), "abc");
  assert.deepEqual([changeOf(COLUMNS[0], rows[2]), valueOf(COLUMNS[0], null)], [7, null]);
  assert.equal(valueOf(COLUMNS.find((c) => c.key === "area_m2"), { area_m2: 25_000 }), 2.5);
  assert.equal(mood(COLUMNS.find((c) => c.key === "parts"), 1), "bad");
  assert.equal(mood(COLUMNS.find((c) => c.key === "compactness"), 0.001), "");
  assert.deepEqual([signed(3), signed(-0.04, 1), signed(-2.5, 1)], ["+3", "", "−2.5"]);
});

test("grids with neighbouring numbers have different colours", () => {
  for (let key = -20; key < 60; key++) if (key && key + 1) assert.notEqual(colourOf(key), colourOf(key + 1), String(key));
  assert.ok(COLOURS.includes(colourOf(-1)));
});

test("only the newest question is answered", async () => {
  const told = [], asked = [];
  const asking = refresher(5, async (signal) => {
    const mine = asked.push(signal);
    await new Promise((done) => setTimeout(done, 10));
    if (signal.aborted) throw Object.assign(new Error("stopped"), { name: "AbortError" });
    told.push(mine);
  });
  const first = asking.now();
  asking.soon();
  asking.soon();
  await first;
  await new Promise((done) => setTimeout(done, 60));
  assert.deepEqual([asked.length, told], [2, [2]]);
});
