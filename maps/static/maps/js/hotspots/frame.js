// @ts-check
/** The units of a map of hot spots: asked for as integers, a third of GeoJSON's size, and made GeoJSON here. */
import { get } from "../api.js";

/** @param {number[]} steps x, y, then steps from point to point in millionths of a degree @returns {number[][]} a closed ring */
export function ring(steps) {
  const points = [];
  for (let k = 0, x = 0, y = 0; k < steps.length; k += 2) {
    x += steps[k];
    y += steps[k + 1];
    points.push([x / 1e6, y / 1e6]);
  }
  points.push(points[0]);
  return points;
}

/** @param {string} [name] cells, h3:9 … */
export async function frameOf(name = "cells") {
  const { edition, units, shapes } = await get("/api/hotspots/frame", { frame: name, form: "compact" });
  const features = units.map((/** @type {string} */ unit, /** @type {number} */ n) => {
    const polygons = shapes[n].map((/** @type {number[][]} */ rings) => rings.map(ring));
    const geometry = polygons.length === 1 ? { type: "Polygon", coordinates: polygons[0] } : { type: "MultiPolygon", coordinates: polygons };
    return { type: "Feature", id: n, properties: { unit }, geometry };
  });
  return { type: "FeatureCollection", edition, features };
}
