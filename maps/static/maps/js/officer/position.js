// @ts-check
/** Where the phone is, if its owner says so: asked once by a button, then followed; nothing waits for it. */

const FRESH_MS = 5 * 60_000;

export class Position {
  /** @param {() => void} moved told when it is first known, and when it has moved by some 20 m */
  constructor(moved) {
    this.moved = moved;
    // Told of every place, however near the last.
    this.fixed = /** @type {(fix: {lon: number, lat: number, accuracy_m: number, at: number}) => void} */ (() => {});
    this.now = /** @type {{lon: number, lat: number, accuracy_m: number, at: number} | null} */ (null);
    this.refused = !navigator.geolocation;
    this.watching = false;
  }

  /** Follow at once where that was allowed before. */
  async resume() {
    const state = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
    if (state?.state === "granted") this.follow();
    if (state?.state === "denied") this.refused = true;
  }

  follow() {
    if (this.watching || !navigator.geolocation) return;
    this.watching = true;
    navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        const before = this.now;
        this.now = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at: timestamp };
        this.fixed(this.now);
        if (!before || metresBetween(before, this.now) > 20) this.moved();
      },
      (error) => {
        this.watching = error.code !== error.PERMISSION_DENIED;
        this.refused = error.code === error.PERMISSION_DENIED;
        this.moved();
      },
      { enableHighAccuracy: true, maximumAge: 20_000 },
    );
  }

  /** The fields of an act: where it was done. @returns {Record<string, string>} */
  fields() {
    if (!this.now || Date.now() - this.now.at > FRESH_MS) return {};
    const { lon, lat, accuracy_m } = this.now;
    return { lon: lon.toFixed(7), lat: lat.toFixed(7), accuracy_m: accuracy_m.toFixed(1) };
  }
}

/** Over the sphere; for the order of a list, not for a survey. @param {{lon: number, lat: number}} a @param {{lon: number, lat: number}} b */
export function metresBetween(a, b) {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad), y = (b.lat - a.lat) * rad;
  return Math.hypot(x, y) * 6_371_000;
}
