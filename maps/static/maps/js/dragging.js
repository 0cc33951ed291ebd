// @ts-check
/** A drag over the map that makes an area: a box, or a lasso drawn freely. */
import { strokes } from "./plans/strokes.js";

/** The corners of the box between where the drag began and where it is. @param {any[]} path */
export function boxOf(path) {
  const one = path[0], other = path[path.length - 1];
  return [one, L.latLng(one.lat, other.lng), other, L.latLng(other.lat, one.lng)];
}

/** What was drawn round. @param {any[]} path */
export const lassoOf = (path) => path;

/**
 * @param {any} leaflet @param {(path: any[]) => any[]} areaOf the corners, of the places passed
 * @param {{may?: () => boolean, done: (corners: any[]) => void | Promise<void>}} react `may`: whether a drag may begin here
 * @returns {() => void} stops it and gives the map back
 */
export function dragArea(leaflet, areaOf, { may = () => true, done }) {
  /** @type {any[]} */
  let path = [];
  const shown = L.polygon([], { className: "gesture", weight: 2, interactive: false, pmIgnore: true }).addTo(leaflet);
  const stop = strokes(leaflet, {
    begin(at) {
      if (!may()) return false;
      path = [at];
    },
    move(at) {
      path.push(at);
      shown.setLatLngs(areaOf(path));
    },
    async end() {
      const corners = areaOf(path);
      shown.setLatLngs([]);
      if (path.length >= 3) await done(corners);
    },
    cancel: () => shown.setLatLngs([]),
  });
  return () => {
    stop();
    shown.remove();
  };
}

/** Whether a place lies in an area, by the crossings of a ray to the east. Pure. @param {{lat: number, lng: number}} at @param {{lat: number, lng: number}[]} corners */
export function lies(at, corners) {
  let inside = false;
  for (let n = 0, last = corners.length - 1; n < corners.length; last = n, n += 1) {
    const a = corners[n], b = corners[last];
    if (a.lat > at.lat !== b.lat > at.lat && at.lng < ((b.lng - a.lng) * (at.lat - a.lat)) / (b.lat - a.lat) + a.lng) inside = !inside;
  }
  return inside;
}
