// @ts-check
/** The city's ground for everybody: streets, water, green, buildings and their names; nothing of the work lies on it. */
import * as maplibregl from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { mapStyle } from "../map_style.js";

/** The style of the staff's map, of which the ground alone is left. */
function groundStyle() {
  const style = mapStyle(location.origin, 0, 3);
  const ground = { type: "vector", tiles: [`${location.origin}/public/tiles/{z}/{x}/{y}.mvt`], minzoom: 8, maxzoom: 18 };
  return { ...style, sources: { ground }, layers: style.layers.filter((/** @type {any} */ layer) => !layer.source || layer.source === "ground") };
}

/** A map in `#map`, over the whole city. @param {number[]} bounds west, south, east, north @param {string} words what it is */
export function groundMap(bounds, words) {
  const box = /** @type {HTMLElement} */ (document.getElementById("map"));
  const [west, south, east, north] = bounds;
  const map = new maplibregl.Map({
    container: box,
    style: /** @type {any} */ (groundStyle()),
    bounds: [[west, south], [east, north]],
    fitBoundsOptions: { padding: 10 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    locale: {
      "Map.Title": words,
      "NavigationControl.ZoomIn": gettext("Zoom in"),
      "NavigationControl.ZoomOut": gettext("Zoom out"),
      "Marker.Title": gettext("The chosen place"),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
  map.on("dataloading", () => (document.documentElement.dataset.map = "busy"));
  map.on("idle", () => (document.documentElement.dataset.map = "idle"));
  return map;
}

/** @param {any} map @param {number} lon @param {number} lat */
export function pinAt(map, lon, lat) {
  return new maplibregl.Marker({ color: "#b5126f" }).setLngLat([lon, lat]).addTo(map);
}

export const Popup = maplibregl.Popup;
