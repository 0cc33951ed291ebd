// @ts-check
/** The plan on the map: its cells above the base edition's, marks on both, and which cell lies under a finger. */
import { Drawn } from "./drawn.js";
import { BASE_CALM, CALMED, MARKS, NOT_DRAWN, PLAN_CALM, fillOpacity, lockedOnly, onlyActive, patterns, planLayers } from "./plan_style.js";

const STEP_PX = 5;
// So long a cell that the plan took over may still be seen as it was.
const MOST_FRAMES = 60;
export const CELLS_FROM_ZOOM = 13;

/** @typedef {{key: number, grid: number | null, community: number, code: string, area: number}} Cell */

export class PlanMap {
  /** @param {any} city the CityMap @param {any} config */
  constructor(city, config) {
    this.city = city;
    this.leaflet = city.leaflet;
    this.drawn = city.drawn;
    this.config = config;
    this.plan = new Drawn();
    /** @type {Record<string, Set<number>>} */
    this.marks = Object.fromEntries(Object.keys(MARKS).map((mark) => [mark, new Set()]));
    this.active = /** @type {number | null} */ (null);
  }

  /** Put the layers in, once the style is there. */
  ready() {
    return new Promise((done) => this.city.whenDrawn(() => {
      const { drawn } = this;
      for (const [name, image] of Object.entries(patterns())) drawn.addImage(name, image, { pixelRatio: 2 });
      drawn.addSource("plan", { type: "geojson", promoteId: "key", tolerance: 0.1, data: { type: "FeatureCollection", features: [] } });
      for (const layer of planLayers(this.config.cell_digits, gettext("new"))) drawn.addLayer(layer, layer.type === "symbol" ? "label-community" : "cell");
      for (const [id, paint] of Object.entries(CALMED)) for (const [name, value] of Object.entries(paint)) drawn.setPaintProperty(id, name, value);
      for (const id of NOT_DRAWN) drawn.setLayoutProperty(id, "visibility", "none");
      done(undefined);
    }));
  }

  /** The base edition's own tiles, whatever edition is in force. @param {number} edition */
  drawEdition(edition) {
    this.drawn.getSource("grids").setTiles([`${location.origin}/tiles/grids/{z}/{x}/{y}.mvt?edition=${edition}`]);
  }

  /** @param {any} answer of GET /cells */
  load(answer) {
    this.#draw(this.plan.load(answer));
  }

  /** @param {any} applied */
  merge(applied) {
    const delta = this.plan.apply(applied);
    this.#draw(delta);
    this.showLocks();
    return delta;
  }

  /** @param {import("./drawn.js").Delta} delta */
  #draw({ put, drop, hide, show }) {
    for (const key of show) this.#gone(key, false);
    const source = this.drawn.getSource("plan");
    let frames = 0;
    // Hidden only when the cell that takes its place is drawn: no hole flashes up between.
    const cover = () => {
      if (!this.drawn.isSourceLoaded("plan") && (frames += 1) < MOST_FRAMES) return void requestAnimationFrame(cover);
      for (const key of hide) if (this.plan.hidden.has(key)) this.#gone(key, true);
      // An update that touched no tile in view asks for no frame, and without one the map never says that it is idle.
      this.drawn.triggerRepaint();
    };
    Promise.resolve(source.updateData({ remove: drop, add: put })).then(cover, cover);
  }

  /** @param {number} key @param {boolean} gone */
  #gone(key, gone) {
    for (const layer of ["cells", "cell_labels"]) this.drawn.setFeatureState({ source: "grids", sourceLayer: layer, id: key }, { gone });
  }

  /** Mark these cells, and no others, in one of the ways of MARKS. @param {string} mark @param {Iterable<number>} keys */
  mark(mark, keys) {
    const now = new Set(keys), before = this.marks[mark];
    for (const key of before) if (!now.has(key)) this.#state(key, { [mark]: false });
    for (const key of now) if (!before.has(key)) this.#state(key, { [mark]: true });
    this.marks[mark] = now;
  }

  /** @param {number} key @param {Record<string, boolean>} state */
  #state(key, state) {
    this.drawn.setFeatureState({ source: "plan", id: key }, state);
    if (key > 0) this.drawn.setFeatureState({ source: "grids", sourceLayer: "cells", id: key }, state);
  }

  showLocks() {
    const filter = lockedOnly([...this.plan.locked]);
    if (JSON.stringify(this.drawn.getFilter("plan-locked")) === JSON.stringify(filter)) return;
    for (const id of ["base-locked", "plan-locked"]) this.drawn.setFilter(id, filter);
  }

  /** The grid that is painted with stands out. @param {number | null} grid */
  activate(grid) {
    if (grid === this.active) return;
    this.active = grid;
    this.drawn.setPaintProperty("base-fill", "fill-opacity", ["case", ["boolean", ["feature-state", "gone"], false], 0, fillOpacity(grid, BASE_CALM)]);
    this.drawn.setPaintProperty("plan-fill", "fill-opacity", fillOpacity(grid, PLAN_CALM));
    for (const id of ["base-active", "plan-active"]) this.drawn.setFilter(id, onlyActive(grid));
  }

  /** The cell under a place, as the plan has it. @param {{lng: number, lat: number}} place @returns {Cell | null} */
  at(place) {
    const { x, y } = this.drawn.project([place.lng, place.lat]);
    for (const found of this.drawn.queryRenderedFeatures([x, y], { layers: ["plan-fill", "base-fill"] })) {
      const cell = this.#cell(found);
      if (found.source === "plan" || !this.plan.hidden.has(cell.key)) return cell;
    }
    return null;
  }

  /** @param {any} found @returns {Cell} */
  #cell(found) {
    const p = found.properties;
    return { key: Number(p.key ?? found.id), grid: p.grid ?? null, community: p.community, code: p.code ?? "", area: p.area_m2 ?? p.area };
  }

  /** The cells a line on the screen runs over. @param {any} from LatLng @param {any} to LatLng @returns {Cell[]} */
  between(from, to) {
    const a = this.leaflet.latLngToContainerPoint(from), b = this.leaflet.latLngToContainerPoint(to);
    const steps = Math.max(1, Math.ceil(a.distanceTo(b) / STEP_PX));
    /** @type {Map<number, Cell>} */
    const met = new Map();
    for (let n = 0; n <= steps; n++) {
      const cell = this.at(this.leaflet.containerPointToLatLng(a.add(b.subtract(a).multiplyBy(n / steps))));
      if (cell) met.set(cell.key, cell);
    }
    return [...met.values()];
  }

  /** The street under a place, within some pixels. @param {{lng: number, lat: number}} place */
  streetAt(place) {
    const { x, y } = this.drawn.project([place.lng, place.lat]);
    return this.drawn.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers: ["street"] })[0] ?? null;
  }

  /** Bring places into view; never further in than a cell needs. @param {any} bounds Leaflet's @param {number} [most] */
  fly(bounds, most = 17) {
    this.leaflet.fitBounds(bounds, { padding: [60, 60], maxZoom: most, animate: false });
  }

  /** @param {[number, number]} place lon, lat @param {number} [zoom] */
  flyTo([lon, lat], zoom = 17) {
    this.leaflet.setView([lat, lon], Math.max(zoom, this.leaflet.getZoom()), { animate: false });
  }
}
