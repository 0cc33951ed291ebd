// A checker's phone: how far a place is from a cell.
import assert from "node:assert/strict";
import { test } from "node:test";

const { metresToCell } = await import(new URL("../../maps/static/maps/js/checks/ground.js", import.meta.url));
// A square of 0.001°: 111.2 m from south to north, 91.4 m from west to east at 34.7° N.
const RING = [[114, 34.7], [114.001, 34.7], [114.001, 34.701], [114, 34.701], [114, 34.7]];

test("inside a cell it is 0 m, outside the way to its border, by side or corner", () => {
  assert.equal(metresToCell({ lon: 114.0005, lat: 34.7005 }, RING), 0);
  assert.ok(Math.abs(metresToCell({ lon: 114.0005, lat: 34.702 }, RING) - 111.2) < 0.3);
  assert.ok(Math.abs(metresToCell({ lon: 114.002, lat: 34.7005 }, RING) - 91.4) < 0.3);
  assert.ok(Math.abs(metresToCell({ lon: 114.002, lat: 34.702 }, RING) - Math.hypot(111.2, 91.4)) < 0.5);
});

test("a cell that turns inwards does not hold the notch", () => {
  const notched = [[114, 34.7], [114.001, 34.7], [114.001, 34.701], [114.0005, 34.7002], [114, 34.701], [114, 34.7]];
  assert.ok(metresToCell({ lon: 114.0005, lat: 34.7008 }, notched) > 10);
  assert.equal(metresToCell({ lon: 114.0005, lat: 34.7001 }, notched), 0);
});
