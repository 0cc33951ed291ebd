// @ts-check
/** A second map at the left of the first: the period before, in the same classes, always of the same view. */
import { CityMap } from "../city_map.js";
import { byId } from "../dom.js";
import { HotspotMap } from "./hotspot_map.js";

export class SideMap {
  /** @param {CityMap} main the map at the right @param {any} config */
  constructor(main, config) {
    this.main = main;
    this.config = config;
    this.city = /** @type {any} */ (null);
    this.map = /** @type {any} */ (null);
    this.frame = /** @type {any} */ (null);
  }

  /** @param {any} frame the units @param {any[]} spots @param {string} caption */
  async open(frame, spots, caption) {
    const box = byId("map-before"), first = !this.city, closed = box.hidden;
    box.hidden = byId("caption-before").hidden = false;
    byId("map").parentElement?.classList.add("two");
    if (closed) this.fit(true);
    if (first) {
      const leaflet = L.map(box, { zoomControl: false, minZoom: 7, maxZoom: 20, zoomSnap: 0, attributionControl: false });
      leaflet.setView(this.main.leaflet.getCenter(), this.main.leaflet.getZoom(), { animate: false });
      this.city = CityMap.drawnIn(leaflet, this.config, null, "tilePane");
      this.map = new HotspotMap(this.city);
      this.#follow(this.main.leaflet, leaflet);
      this.#follow(leaflet, this.main.leaflet);
    }
    this.city.leaflet.invalidateSize({ animate: false });
    this.city.leaflet.setView(this.main.leaflet.getCenter(), this.main.leaflet.getZoom(), { animate: false });
    if (this.frame !== frame) await this.map.setFrame(frame);
    this.frame = frame;
    this.map.mark(spots);
    byId("caption-before").textContent = caption;
  }

  close() {
    if (byId("map-before").hidden) return;
    byId("map-before").hidden = byId("caption-before").hidden = true;
    byId("map").parentElement?.classList.remove("two");
    this.fit(false);
  }

  /** All of the city in what the first map has of the page: beside or above the legend. @param {boolean} half */
  fit(half) {
    const [west, south, east, north] = this.config.bounds, { leaflet } = this.main, wide = window.innerWidth > 1000;
    leaflet.invalidateSize({ animate: false });
    const padding = !wide ? {} : half ? { paddingTopLeft: [8, 56], paddingBottomRight: [8, 350] } : { paddingTopLeft: [286, 56], paddingBottomRight: [16, 76] };
    leaflet.fitBounds([[south, west], [north, east]], { ...padding, animate: false });
  }

  /** One map takes the view of the other; a view that is the same already moves nothing. @param {any} leads @param {any} follows */
  #follow(leads, follows) {
    leads.on("move zoomend", () => {
      if (byId("map-before").hidden) return;
      const zoom = leads.getZoom(), at = leads.getCenter();
      const apart = follows.project(at, zoom).distanceTo(follows.project(follows.getCenter(), zoom));
      if (apart < 1 && Math.abs(follows.getZoom() - zoom) < 1e-6) return;
      follows.setView(at, zoom, { animate: false });
    });
  }
}
