// @ts-check
/**
 * The cells on the map: their shapes come as tiles of an edition, their colours from what the page knows of them, joined
 * by their numbers. A box drawn on it chooses cells by their middles, whatever is drawn at the moment.
 */
import { CLASSES } from "./words.js";

const HIDDEN = ["case", "case-name", "case-count", "case-count-number", "case-light", "case-late", "component", "component-name", "place", "cell"];
const CLEAR = "rgba(0,0,0,0)", NONE = ["literal", false];

/** Dark strokes from corner to corner, 8 × 8 pixels that join. */
function hatch() {
  const data = new Uint8Array(8 * 8 * 4);
  for (let y = 0; y < 8; y += 1) for (let x = 0; x < 8; x += 1) if ((x + y) % 8 < 2) data.set([60, 60, 60, 255], (y * 8 + x) * 4);
  return { width: 8, height: 8, data };
}

/** An expression that says yes for some cells. @param {number[]} ids */
const among = (ids) => (ids.length ? ["match", ["id"], ids, true, false] : NONE);

export class GapMap {
  /** @param {import("../city_map.js").CityMap} city */
  constructor(city) {
    this.city = city;
    this.edition = /** @type {number | null} */ (null);
    this.waiting = /** @type {(() => void)[]} */ ([]);
    this.ready = false;
    city.whenDrawn(() => {
      for (const id of HIDDEN) if (city.drawn.getLayer(id)) city.drawn.setLayoutProperty(id, "visibility", "none");
      city.drawn.addImage("hatch", hatch());
      this.ready = true;
      for (const action of this.waiting.splice(0)) action();
    });
  }

  /** @param {() => void} action */
  #then(action) {
    if (this.ready) action();
    else this.waiting.push(action);
  }

  /** Draw cells of an edition: by class, or whether they have a gap. @param {any[]} cells @param {string} chosen @param {number} edition */
  colour(cells, chosen, edition) {
    this.#then(() => {
      const { drawn } = this.city;
      if (this.edition !== edition) this.#source(edition);
      const byClass = Object.entries(CLASSES).flatMap(([name, { colour }]) => {
        const ids = cells.filter((cell) => cell.class === name).map((cell) => cell.id);
        return ids.length ? [ids, colour] : [];
      });
      const there = cells.map((cell) => cell.id);
      const inLayer = chosen in CLASSES ? [] : cells.filter((cell) => cell.layers.includes(chosen)).map((cell) => cell.id);
      const hatched = chosen in CLASSES ? cells.filter((cell) => cell.class === "nobody_looked").map((cell) => cell.id) : inLayer;
      const colours = chosen in CLASSES ? byClass : inLayer.length ? [inLayer, "#9c1238"] : [];
      drawn.setPaintProperty("gaps", "fill-color", colours.length ? ["match", ["id"], ...colours, chosen in CLASSES ? CLEAR : "#d9dedd"] : "#d9dedd");
      for (const id of ["gaps", "gaps-edge"]) drawn.setFilter(id, among(there));
      drawn.setFilter("gaps-hatch", among(hatched));
    });
  }

  /** Mark cells: those chosen. @param {number[]} ids */
  mark(ids) {
    this.#then(() => this.city.drawn.getLayer("gaps-chosen") && this.city.drawn.setFilter("gaps-chosen", among(ids)));
  }

  /** @param {number} edition */
  #source(edition) {
    const { drawn } = this.city, tiles = [`${location.origin}/tiles/cells/{z}/{x}/{y}.mvt?edition=${edition}`];
    this.edition = edition;
    if (drawn.getSource("gaps")) {
      drawn.getSource("gaps").setTiles(tiles);
      return;
    }
    drawn.addSource("gaps", { type: "vector", tiles, minzoom: 6, maxzoom: 18 });
    const layer = (/** @type {string} */ id, /** @type {string} */ type, /** @type {any} */ paint) => ({ id, type, source: "gaps", "source-layer": "cells", filter: NONE, paint });
    drawn.addLayer(layer("gaps", "fill", { "fill-color": "#d9dedd", "fill-opacity": 0.75 }), "border-grid");
    drawn.addLayer(layer("gaps-hatch", "fill", { "fill-pattern": "hatch", "fill-opacity": 0.75 }), "border-grid");
    drawn.addLayer(layer("gaps-edge", "line", { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.1, 15, 1] }), "border-grid");
    drawn.addLayer(layer("gaps-chosen", "line", { "line-color": "#10242e", "line-width": ["interpolate", ["linear"], ["zoom"], 11, 2, 15, 4] }));
  }

  /** The number of the cell at a place; null where none is. @param {any} latlng */
  at(latlng) {
    const [hit] = this.city.drawn.getLayer("gaps") ? this.city.at(latlng, ["gaps"], 0) : [];
    return hit ? hit.id : null;
  }

  /** Come to some cells. @param {any[]} cells */
  frame(cells) {
    const { leaflet } = this.city;
    if (cells.length === 1) leaflet.setView([cells[0].lat, cells[0].lon], 16.5, { animate: false });
    else if (cells.length) leaflet.fitBounds(L.latLngBounds(cells.map(({ lat, lon }) => [lat, lon])), { padding: [50, 50], maxZoom: 16, animate: false });
  }

  /** Let a box be drawn once, by mouse or finger. @param {(bounds: any) => void} done */
  box(done) {
    const { leaflet } = this.city, pane = leaflet.getContainer();
    let from = /** @type {any} */ (null), drawn = /** @type {any} */ (null);
    const place = (/** @type {PointerEvent} */ event) => leaflet.mouseEventToLatLng(event);
    const down = (/** @type {PointerEvent} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      from = place(event);
      drawn = L.rectangle([from, from], { color: "#10242e", weight: 2, dashArray: "5 4", fillOpacity: 0.08, interactive: false }).addTo(leaflet);
      pane.setPointerCapture(event.pointerId);
    };
    const move = (/** @type {PointerEvent} */ event) => drawn?.setBounds(L.latLngBounds(from, place(event)));
    const up = (/** @type {PointerEvent} */ event) => {
      if (!from) return;
      const bounds = L.latLngBounds(from, place(event));
      // The browser calls the end of the box a click, too.
      const swallow = (/** @type {Event} */ click) => click.stopImmediatePropagation();
      pane.addEventListener("click", swallow, true);
      setTimeout(() => pane.removeEventListener("click", swallow, true));
      stop();
      done(bounds);
    };
    const stop = () => {
      drawn?.remove();
      pane.removeEventListener("pointerdown", down, true);
      pane.removeEventListener("pointermove", move);
      pane.removeEventListener("pointerup", up);
      pane.removeEventListener("pointercancel", stop);
      pane.classList.remove("boxing");
      leaflet.dragging.enable();
    };
    pane.addEventListener("pointerdown", down, true);
    pane.addEventListener("pointermove", move);
    pane.addEventListener("pointerup", up);
    pane.addEventListener("pointercancel", stop);
    pane.classList.add("boxing");
    leaflet.dragging.disable();
    return stop;
  }
}
