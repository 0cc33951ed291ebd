// @ts-check
/** The map of a case's page (the case and me), and of the round (the way to walk). One map for all, made when it is first needed. */
import { CityMap } from "../city_map.js";
import { element } from "../dom.js";
import { SWITCHES } from "../map_style.js";

const [{ layers: HIDDEN }] = SWITCHES; // the open cases of all the city

export class CaseMap {
  /** @param {any} config */
  constructor(config) {
    this.config = config;
    this.place = /** @type {any} */ (null);
    this.city = /** @type {any} */ (null);
    this.me = /** @type {any} */ (null);
    this.way = /** @type {any} */ (null);
    this.box = element("div", { class: "map-box" }, element("div", { id: "map" }), element("div", { id: "loading", class: "loading", hidden: true }));
  }

  /** The map itself, made when it is first needed; its box stands in the page. @param {{lat: number, lon: number, zoom: number} | null} view */
  async opened(view) {
    this.opening ??= CityMap.open(this.config, view);
    const city = (this.city = await this.opening);
    city.leaflet.invalidateSize({ pan: false });
    this.way?.remove();
    this.way = null;
    // Other people's cases would only be in the way here.
    city.whenDrawn(() => HIDDEN.forEach((id) => city.drawn.getLayer(id) && city.drawn.setLayoutProperty(id, "visibility", "none")));
    return city;
  }

  /** Show a case's place, once the box stands in the page. @param {{lon: number, lat: number}} place @param {any} here */
  async show(place, here) {
    const same = this.place?.lon === place.lon && this.place?.lat === place.lat;
    this.place = place;
    if (!this.config.bounds) return;
    const city = await this.opened({ lat: place.lat, lon: place.lon, zoom: 17 });
    city.pin(place.lat, place.lon);
    if (!same) this.fit(here);
    this.stand(here);
  }

  /** Show the way through some places in their order. @param {{lon: number, lat: number}[]} cells @param {any} here */
  async lead(cells, here) {
    if (!this.config.bounds) return;
    this.place = null;
    const { leaflet, marker } = await this.opened({ ...cells[0], zoom: 16 });
    marker?.remove();
    const line = [...(here ? [here] : []), ...cells].map(({ lat, lon }) => [lat, lon]);
    const dot = (/** @type {any} */ cell, /** @type {number} */ k) => L.marker([cell.lat, cell.lon], { interactive: false, keyboard: false, icon: L.divIcon({ className: "round-dot", html: element("span", {}, String(k + 1)), iconSize: [22, 22] }) });
    this.way = L.layerGroup([L.polyline(line, { color: "#b5126f", weight: 3, opacity: 0.75, interactive: false }), ...cells.map(dot)]).addTo(leaflet);
    leaflet.fitBounds(line, { padding: [24, 24], maxZoom: 17, animate: false });
    this.stand(here);
  }

  /** The case, and me where I am not too far to be seen beside it. @param {any} here */
  fit(here) {
    const { leaflet } = this.city, target = [this.place.lat, this.place.lon];
    if (here && leaflet.distance(target, [here.lat, here.lon]) < 3000) leaflet.fitBounds([target, [here.lat, here.lon]], { padding: [40, 40], maxZoom: 18, animate: false });
    else leaflet.setView(target, 17, { animate: false });
  }

  /** Where I am. @param {any} here */
  stand(here) {
    this.me?.remove();
    this.me = null;
    if (!here || !this.city) return;
    this.me = L.layerGroup([
      L.circle([here.lat, here.lon], { radius: here.accuracy_m, weight: 1, color: "#1d6fd1", fillOpacity: 0.1, interactive: false }),
      L.circleMarker([here.lat, here.lon], { radius: 7, weight: 2, color: "#fff", fillColor: "#1d6fd1", fillOpacity: 1, interactive: false }),
    ]).addTo(this.city.leaflet);
  }
}

/** The address by which the phone's own map app is asked to lead there. @param {{lon: number, lat: number, number: string}} c */
export const navigation = (c) => `geo:${c.lat.toFixed(6)},${c.lon.toFixed(6)}?q=${c.lat.toFixed(6)},${c.lon.toFixed(6)}(${encodeURIComponent(c.number)})`;
