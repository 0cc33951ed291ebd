// @ts-check
/** Units in their colours on the city's map, and a number on each spot. Shown again and again, it adds nothing twice. */

const EMPTY = { type: "FeatureCollection", features: [] };
/** What the city's map shows besides stays quiet under the colours. */
const QUIET = ["case", "case-name", "case-count", "case-count-number", "case-light", "case-late", "component", "component-name", "place", "door-plate", "cell-code", "label-grid", "border-grid"];

/** A square of hatching for units of which too little is known. */
function hatching() {
  const side = 16, canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.strokeStyle = "rgba(70, 80, 88, .75)";
  pen.lineWidth = 1.6;
  pen.beginPath();
  for (const k of [-side, 0, side]) {
    pen.moveTo(k, side);
    pen.lineTo(k + side, 0);
  }
  pen.stroke();
  return pen.getImageData(0, 0, side, side);
}

export class HotspotMap {
  /** @param {import("../city_map.js").CityMap} city */
  constructor(city) {
    this.city = city;
    this.markers = L.layerGroup().addTo(city.leaflet);
    this.pick = (/** @type {number} */ _spot) => {};
    this.ready = new Promise((resolve) => city.whenDrawn(() => resolve(this.#prepare())));
  }

  #prepare() {
    const { drawn } = this.city;
    for (const id of QUIET) if (drawn.getLayer(id)) drawn.setLayoutProperty(id, "visibility", "none");
    drawn.addImage("few-data", hatching(), { pixelRatio: 2 });
    drawn.addSource("units", { type: "geojson", data: EMPTY, tolerance: 0.2 });
    const shown = ["feature-state", "colour"];
    drawn.addLayer({ id: "unit", type: "fill", source: "units", paint: { "fill-color": ["to-color", ["coalesce", shown, "#bdbdbd"]], "fill-opacity": ["coalesce", ["feature-state", "opacity"], 0] } }, "border-community");
    drawn.addLayer({ id: "unit-few", type: "fill", source: "units", filter: false, paint: { "fill-pattern": "few-data" } }, "border-community");
    drawn.addLayer({ id: "unit-edge", type: "line", source: "units", minzoom: 12, paint: { "line-color": "#5b5b5b", "line-opacity": 0.35, "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.2, 16, 0.8] } }, "border-community");
    drawn.addLayer({ id: "unit-chosen", type: "line", source: "units", filter: false, paint: { "line-color": "#111", "line-width": 2 } });
  }

  /** @param {any} frame the units, of /api/hotspots/frame */
  async setFrame(frame) {
    await this.ready;
    this.frame = frame;
    this.city.drawn.getSource("units").setData(frame);
  }

  /** Colour all units. @param {import("./scales.js").Step[]} steps @param {(n: number) => string} of the key of a unit's step */
  async paint(steps, of) {
    await this.ready;
    const { drawn } = this.city, by = new Map(steps.map((step) => [step.key, step])), few = [];
    for (let n = 0; n < this.frame.features.length; n++) {
      const step = by.get(of(n));
      if (step?.hatched) few.push(n);
      drawn.setFeatureState({ source: "units", id: n }, { colour: step?.colour ?? "#bdbdbd", opacity: step?.opacity ?? (step ? 0.72 : 0) });
    }
    drawn.setFilter("unit-few", few.length ? ["in", ["id"], ["literal", few]] : false);
  }

  /** A numbered mark on each spot. @param {any[]} spots */
  mark(spots) {
    this.markers.clearLayers();
    spots.forEach((spot, k) => {
      const icon = L.divIcon({ className: `spot-mark ${spot.hot ? "hot" : "cold"}`, html: String(k + 1), iconSize: [24, 24] });
      const title = spot.sentence;
      L.marker([spot.lat, spot.lon], { icon, title, alt: title, keyboard: true }).on("click", () => this.pick(k)).addTo(this.markers);
    });
  }

  /** Outline some units. @param {string[]} units */
  async choose(units) {
    await this.ready;
    this.city.drawn.setFilter("unit-chosen", units.length ? ["in", ["get", "unit"], ["literal", units]] : false);
  }

  /** The unit under a place, by its position in the frame. @param {{lng: number, lat: number}} place @returns {number | null} */
  at(place) {
    const [hit] = this.city.at(place, ["unit"], 0);
    return hit ? Number(hit.id) : null;
  }
}
