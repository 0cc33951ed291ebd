// @ts-check
/**
 * What the plan has drawn so far, as the server told it: the cells it touched, those that are gone, and which cells of the
 * base edition they cover. Pure: it says what is to be drawn and what hidden; `plan_map.js` does it.
 */

/**
 * @typedef {{type: "Feature", id: number, geometry: any, properties: any}} Feature
 * @typedef {{put: Feature[], drop: number[], hide: number[], show: number[]}} Delta
 */

export class Drawn {
  constructor() {
    this.revision = 0;
    /** @type {Map<number, Feature>} cells the plan touched, by key */
    this.cells = new Map();
    /** @type {Set<number>} cells of the base edition that are not drawn from its tiles */
    this.hidden = new Set();
    /** @type {Set<number>} */
    this.locked = new Set();
    this.canUndo = false;
    this.canRedo = false;
  }

  /** All there is, anew. @param {any} answer of GET /cells @returns {Delta} what is other than before */
  load(answer) {
    const now = new Map(answer.features.map((/** @type {Feature} */ f) => [f.properties.key, f]));
    const hidden = new Set([...now.keys()].filter((key) => key > 0).concat(answer.removed.filter((/** @type {number} */ key) => key > 0)));
    const delta = {
      put: [...now.values()],
      drop: [...this.cells.keys()].filter((key) => !now.has(key)),
      hide: [...hidden].filter((key) => !this.hidden.has(key)),
      show: [...this.hidden].filter((key) => !hidden.has(key)),
    };
    this.revision = answer.revision;
    this.cells = /** @type {Map<number, Feature>} */ (now);
    this.hidden = hidden;
    return delta;
  }

  /** One edit more, or one less. @param {any} applied @returns {Delta} */
  apply(applied) {
    /** @type {Delta} */
    const delta = { put: [], drop: [], hide: [], show: [] };
    for (const feature of applied.cells.features) {
      const { key, touched } = feature.properties;
      if (touched) {
        this.cells.set(key, feature);
        delta.put.push(feature);
        this.#cover(key, delta);
      } else {
        this.#forget(key, delta);
        // An untouched cell is drawn from the base edition's tiles again.
        if (this.hidden.delete(key)) delta.show.push(key);
      }
    }
    for (const key of applied.removed) {
      this.#forget(key, delta);
      this.#cover(key, delta);
    }
    this.revision = applied.revision;
    this.locked = new Set(applied.locked);
    this.canUndo = applied.can_undo;
    this.canRedo = applied.can_redo;
    return delta;
  }

  /** @param {number} key @param {Delta} delta */
  #forget(key, delta) {
    if (this.cells.delete(key)) delta.drop.push(key);
  }

  /** @param {number} key @param {Delta} delta */
  #cover(key, delta) {
    if (key < 0 || this.hidden.has(key)) return;
    this.hidden.add(key);
    delta.hide.push(key);
  }

  /** South, west, north, east of some touched cells; null where none of them is drawn. @param {Iterable<number>} keys */
  bounds(keys) {
    let [south, west, north, east] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const key of keys)
      for (const ring of this.cells.get(key)?.geometry.coordinates ?? [])
        for (const [lon, lat] of ring) {
          south = Math.min(south, lat);
          north = Math.max(north, lat);
          west = Math.min(west, lon);
          east = Math.max(east, lon);
        }
    return Number.isFinite(south) ? /** @type {[[number, number], [number, number]]} */ ([[south, west], [north, east]]) : null;
  }
}
