// @ts-check
/** Which editions, where the divider stands, which view and place: in the address, so that a link shows what its sender saw. Pure. */

/**
 * @typedef {{lat: number, lon: number, zoom: number}} View
 * @typedef {{left: number | null, right: number | null, cut: number, view: View | null, place: [number, number] | null}} State
 */

/** @param {string} hash @returns {State} */
export function parse(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const numbers = (/** @type {string} */ name, /** @type {string} */ mark) => (fields.get(name) ?? "").split(mark).map((part) => (part === "" ? NaN : Number(part)));
  const edition = (/** @type {number} */ value) => (Number.isInteger(value) && value > 0 ? value : null);
  const [left, right] = numbers("of", "-");
  const [zoom, lat, lon] = numbers("map", "/");
  const [x, y] = numbers("at", ",");
  const [cut] = numbers("cut", ",");
  return {
    left: edition(left), right: edition(right), cut: cut >= 0 && cut <= 100 ? cut : 50,
    view: [zoom, lat, lon].every(Number.isFinite) ? { zoom, lat, lon } : null,
    place: Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null,
  };
}

/** @param {State} state */
export function compose({ left, right, cut, view, place }) {
  const parts = [`of=${left}-${right}`];
  if (cut !== 50) parts.push(`cut=${cut}`);
  if (view) parts.push(`map=${view.zoom}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}`);
  if (place) parts.push(`at=${place[0]},${place[1]}`);
  return `#${parts.join("&")}`;
}
