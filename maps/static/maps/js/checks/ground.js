// @ts-check
/** Where one stands beside a cell: inside it, or how many metres from its border. Pure; for a phone, not for a survey. */

/** @typedef {{lon: number, lat: number}} LonLat */

/** Metres east and north of a place, on the plane that touches the sphere there. @param {LonLat} from @param {[number, number]} to @returns {[number, number]} */
function plane(from, to) {
  const rad = Math.PI / 180, radius = 6_371_000;
  return [(to[0] - from.lon) * rad * Math.cos(from.lat * rad) * radius, (to[1] - from.lat) * rad * radius];
}

/** @param {[number, number]} a @param {[number, number]} b metres from the origin to the piece of a line between two points */
function toPiece(a, b) {
  const x = b[0] - a[0], y = b[1] - a[1], length = x * x + y * y;
  const t = length ? Math.max(0, Math.min(1, -(a[0] * x + a[1] * y) / length)) : 0;
  return Math.hypot(a[0] + t * x, a[1] + t * y);
}

/** Metres to a closed ring of [lon, lat], 0 inside it. @param {LonLat} here @param {[number, number][]} ring */
export function metresToCell(here, ring) {
  const points = ring.map((point) => plane(here, point));
  let inside = false, nearest = Infinity;
  for (let k = 1; k < points.length; k++) {
    const a = points[k - 1], b = points[k];
    if (a[1] > 0 !== b[1] > 0 && a[0] + ((0 - a[1]) / (b[1] - a[1])) * (b[0] - a[0]) > 0) inside = !inside;
    nearest = Math.min(nearest, toPiece(a, b));
  }
  return inside ? 0 : nearest;
}
