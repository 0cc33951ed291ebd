// The officer's phone, its pure parts: how a case will stand, which comes first, which ground is fetched ahead.
import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => import(new URL(`../../maps/static/maps/js/officer/${name}.js`, import.meta.url));
const { hasAfter, ordered, standing } = await at("standing");
const { tilesAround } = await at("tiles");

const ACTS = { dispatched: ["take_on", "handle", "return", "ask_help"], handling: ["handle", "return", "ask_help"] };
const seen = (more = {}) => ({ number: "1", stage: "dispatched", acts: [...ACTS.dispatched], photos: [], lon: 114, lat: 34, distance_m: null, reported_at: "2026-03-02T04:00:00Z", ...more });
const item = (act, more = {}) => ({ key: act, act, number: "1", state: "waiting", files: [], fields: {}, ...more });

test("what waits is seen as done, so that one can go on in a dead spot", () => {
  const taken = standing(seen(), [item("take_on")], ACTS);
  assert.equal(taken.stage, "handling");
  assert.deepEqual(taken.acts, ACTS.handling);
  const done = standing(seen(), [item("take_on"), item("handle")], ACTS);
  assert.deepEqual([done.stage, done.acts], ["handled", []]);
  assert.deepEqual(standing(seen(), [item("ask_help")], ACTS).acts, ["take_on", "handle", "return"]);
});

test("what goes upward is another's work from then on, but for its pictures", () => {
  for (const act of ["escalate", "to_own_unit"]) {
    assert.deepEqual(standing(seen({ acts: ["handle", act, "photo"] }), [item(act)], ACTS).acts, ["photo"]);
  }
});

test("what was refused, or is another case's, changes nothing", () => {
  const same = standing(seen(), [item("take_on", { state: "refused" }), item("handle", { number: "2" })], ACTS);
  assert.deepEqual([same.stage, same.acts, same.waits.length], ["dispatched", ACTS.dispatched, 1]);
});

test("the nearest comes first, what has no place after it, what is done with last", () => {
  const cases = [seen({ number: "far", lon: 114.1, acts: [] }), seen({ number: "placeless", lon: null, lat: null }), seen({ number: "near" }), seen({ number: "done", stage: "handled" })];
  const metres = (a, b) => Math.abs(a.lon - b.lon);
  assert.deepEqual(ordered(cases, { lon: 114, lat: 34 }, metres).map((c) => c.number), ["near", "far", "placeless", "done"]);
  const older = seen({ number: "older", reported_at: "2026-03-01T04:00:00Z" });
  assert.deepEqual(ordered([seen({ number: "newer" }), older], null, metres).map((c) => c.number), ["older", "newer"]);
});

test("a picture after the work counts whether it was sent or waits, not if it was refused", () => {
  const waits = (state) => standing(seen(), [item("photo", { state, files: [{ kind: "after" }] })], ACTS);
  assert.equal(hasAfter(standing(seen(), [], ACTS)), false);
  assert.equal(hasAfter(standing(seen({ photos: [{ kind: "after" }] }), [], ACTS)), true);
  assert.equal(hasAfter(waits("waiting")), true);
  assert.equal(hasAfter(waits("refused")), false);
});

test("four tiles hold a place and what is near it", () => {
  // Zoom 1 has 2 x 2 tiles; longitude 10, latitude 10 lies in the north-east one, near its south-west corner.
  assert.deepEqual(tilesAround(10, 10, 1).sort(), ["1/0/0", "1/0/1", "1/1/0", "1/1/1"]);
  // By the formula of the slippy map (OpenStreetMap wiki): 114 E, 34.7 N at zoom 16.
  const tiles = tilesAround(114, 34.7, 16);
  assert.ok(tiles.includes("16/53521/26025"));
  assert.equal(new Set(tiles).size, 4);
});
