// @ts-check
/** The map itself: Leaflet for handling, MapLibre inside it for drawing the vector tiles by WebGL. */
import * as maplibregl from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { mapStyle, showLights } from "./map_style.js";
import { byId } from "./dom.js";

/** The plug-in is a classic script that expects the library as a global. */
async function plugIn() {
  /** @type {any} */ (window).maplibregl = maplibregl;
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/maplibre-gl-leaflet/leaflet-maplibre-gl.js", import.meta.url).href;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

/** Cases turn yellow and red at a moment, not with a new tile. */
const LIGHTS_MS = 30_000;

/** Drawings that are not finished: where several lie over each other, the page waits for all. @type {Set<any>} */
const busy = new Set();

/** Whether the drawing shows the view that the map has, to a pixel or two: one of them rounds. @param {any} drawn @param {any} leaflet */
function isAt(drawn, leaflet) {
  const { lat, lng } = drawn.getCenter();
  const beside = leaflet.latLngToContainerPoint([lat, lng]).distanceTo(leaflet.getSize().divideBy(2));
  return beside < 2 && Math.abs(drawn.getZoom() + 1 - leaflet.getZoom()) < 1e-6;
}

export class CityMap {
  /** @param {any} leaflet @param {any} drawn the MapLibre map */
  constructor(leaflet, drawn) {
    this.leaflet = leaflet;
    this.drawn = drawn;
    this.chosen = /** @type {any[]} */ ([]);
    this.marker = /** @type {any} */ (null);
    this.version = 0;
  }

  /** @param {any} config @param {{lat: number, lon: number, zoom: number} | null} view @param {number | null} [edition] none: that in force */
  static async open(config, view, edition = null) {
    await plugIn();
    const leaflet = L.map("map", { zoomControl: false, minZoom: 7, maxZoom: 20, zoomSnap: 0.5, zoomDelta: 1, wheelPxPerZoomLevel: 90, attributionControl: false });
    L.control.zoom({ position: "bottomright", zoomInTitle: gettext("Zoom in"), zoomOutTitle: gettext("Zoom out") }).addTo(leaflet);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(leaflet);
    const [west, south, east, north] = config.bounds;
    if (view) leaflet.setView([view.lat, view.lon], view.zoom);
    else leaflet.fitBounds([[south, west], [north, east]], { paddingTopLeft: [10, 10] });
    return CityMap.drawnIn(leaflet, config, edition, "tilePane");
  }

  /** The city drawn into a pane of a map that is there; several lie over each other and move as one. @param {any} leaflet @param {any} config @param {number | null} edition @param {string} pane */
  static drawnIn(leaflet, config, edition, pane) {
    // Without a fade all names are placed at once; with one they come in dribs, a few in each frame.
    const layer = L.maplibreGL({ style: mapStyle(location.origin, 0, config.cell_digits, edition), pane, interactive: false, attributionControl: false, fadeDuration: 0 }).addTo(leaflet);
    const drawn = layer.getMaplibreMap();
    const city = new CityMap(leaflet, drawn);
    const bar = byId("loading");
    const begun = () => {
      busy.add(drawn);
      document.documentElement.dataset.map = "busy";
    };
    begun();
    drawn.on("dataloading", () => {
      begun();
      bar.hidden = false;
    });
    drawn.on("idle", () => {
      // The plug-in gathers moves: this may still be the picture of the view before.
      if (!isAt(drawn, leaflet)) return;
      busy.delete(drawn);
      if (busy.size) return;
      bar.hidden = true;
      document.documentElement.dataset.map = "idle";
    });
    const moved = () => drawn.triggerRepaint(); // also where it ended as it began: only a frame says that it is idle
    leaflet.on("movestart zoomstart", begun).on("moveend", moved);
    drawn.on("remove", () => leaflet.off("movestart zoomstart", begun).off("moveend", moved));
    const lights = () => showLights(drawn, Date.now() / 1000);
    city.whenDrawn(lights);
    const turning = setInterval(() => city.whenDrawn(lights), LIGHTS_MS);
    drawn.on("remove", () => clearInterval(turning));
    drawn.on("error", (/** @type {any} */ event) => {
      if (event.error?.status === 401) location.reload();
    });
    return city;
  }

  /** Run once the style's sources and layers are there, be their tiles loaded or not. @param {() => void} action */
  whenDrawn(action) {
    if (this.drawn.getSource("grids")) action();
    else this.drawn.once("load", action);
  }

  /** Mark the cell and the community that own the chosen place. @param {number | null} cell @param {number | null} community */
  choose(cell, community) {
    this.whenDrawn(() => {
      for (const target of this.chosen) this.drawn.setFeatureState(target, { chosen: false });
      this.chosen = [];
      for (const [layer, id] of [["cells", cell], ["grids", community]]) {
        if (!id) continue;
        const target = { source: "grids", sourceLayer: layer, id };
        this.drawn.setFeatureState(target, { chosen: true });
        this.chosen.push(target);
      }
    });
  }

  /** @param {number} lat @param {number} lon @param {number | null} [accuracy] metres */
  pin(lat, lon, accuracy) {
    this.unpin();
    const icon = L.divIcon({ className: "pin", html: '<svg viewBox="0 0 28 38" width="28" height="38" aria-hidden="true"><path d="M14 1C6.800 1 1 6.800 1 14c0 9.500 13 23 13 23s13-13.500 13-23C27 6.800 21.200 1 14 1z" fill="#b5126f" stroke="#fff" stroke-width="2"/><circle cx="14" cy="14" r="4.800" fill="#fff"/></svg>', iconSize: [28, 38], iconAnchor: [14, 37] });
    this.marker = L.layerGroup([L.marker([lat, lon], { icon, keyboard: false, interactive: false })]);
    if (accuracy) this.marker.addLayer(L.circle([lat, lon], { radius: accuracy, weight: 1, color: "#b5126f", fillOpacity: 0.06, interactive: false }));
    this.marker.addTo(this.leaflet);
  }

  unpin() {
    this.marker?.remove();
    this.marker = null;
  }

  /** Fetch a live set anew. @param {string} name */
  refresh(name) {
    this.version += 1;
    this.whenDrawn(() => this.drawn.getSource(name)?.setTiles([`${location.origin}/tiles/${name}/{z}/{x}/{y}.mvt?v=${this.version}`]));
  }

  /** Draw the grids of another edition. @param {number} number */
  setEdition(number) {
    this.whenDrawn(() => this.drawn.getSource("grids").setTiles([`${location.origin}/tiles/grids/{z}/{x}/{y}.mvt?edition=${number}`]));
  }

  /** What is drawn at a place, of certain layers. @param {{lng: number, lat: number}} place @param {string[]} layers @param {number} [reach] pixels around it */
  at(place, layers, reach = 1) {
    // MapLibre's canvas is larger than the map that shows it: its pixels are not Leaflet's.
    const { x, y } = this.drawn.project([place.lng, place.lat]);
    return this.drawn.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: layers.filter((id) => this.drawn.getLayer(id)) });
  }

  /** Bring a place into the part of the map that the panel leaves free. @param {number} lat @param {number} lon @param {number} zoom */
  show(lat, lon, zoom) {
    const panel = byId("panel");
    const target = Math.max(this.leaflet.getZoom(), zoom);
    const wide = window.innerWidth > 700;
    const covered = panel.hidden ? [0, 0] : wide ? [panel.offsetWidth / 2, 0] : [0, panel.offsetHeight / 2];
    const centre = this.leaflet.project([lat, lon], target).add(covered);
    this.leaflet.setView(this.leaflet.unproject(centre, target), target, { animate: target === this.leaflet.getZoom() });
  }
}
