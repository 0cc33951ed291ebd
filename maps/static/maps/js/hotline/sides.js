// @ts-check
/** A place near a border: does it matter, and where is the other side of it? */
import { post } from "../api.js";

const DIRECTIONS = 32;
const STEPS_M = [0.5, 2, 5];

/** Whether the community depends on which side of a border the caller means, and nobody has said it yet. @param {any} place @param {any} answer */
export const isDoubtful = (place, answer) => answer.rule === "near_border" && !answer.certain.includes("community") && !place.confirmed;

/** The communities that the place may belong to, each with its nearest cell; the owner's first. @param {any} answer */
export function communities(answer) {
  const seen = new Map();
  const own = answer.candidates.filter((/** @type {any} */ c) => c.cell === answer.cell);
  for (const candidate of [...own, ...answer.candidates]) if (candidate.community && !seen.has(candidate.community.code)) seen.set(candidate.community.code, candidate);
  return [...seen.values()];
}

/**
 * A place in another cell, a few metres behind its border: points on circles just wider than its distance are asked for
 * their cell, and the one farthest inside is taken.
 * @param {any} answer @param {{cell: string, distance_m: number}} candidate @returns {Promise<{lon: number, lat: number} | null>}
 */
export async function across(answer, candidate) {
  const { lon, lat } = answer.place;
  const metre = { lat: 1 / 111320, lon: 1 / (111320 * Math.cos((lat * Math.PI) / 180)) };
  const points = STEPS_M.flatMap((step) =>
    Array.from({ length: DIRECTIONS }, (_, n) => {
      const turn = (2 * Math.PI * n) / DIRECTIONS, away = candidate.distance_m + step;
      return [lon + Math.cos(turn) * away * metre.lon, lat + Math.sin(turn) * away * metre.lat];
    }),
  );
  const { routes } = await post("/api/route", { points });
  const inside = routes.map((/** @type {any} */ route, /** @type {number} */ n) => ({ n, ...route })).filter((/** @type {any} */ route) => route.cell === candidate.cell && route.rule === "contains");
  if (!inside.length) return null;
  const best = inside.reduce((/** @type {any} */ a, /** @type {any} */ b) => (b.border_m > a.border_m ? b : a));
  return { lon: Number(points[best.n][0].toFixed(7)), lat: Number(points[best.n][1].toFixed(7)) };
}
