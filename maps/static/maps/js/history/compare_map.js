// @ts-check
/** Two editions in one map: both are drawn over each other, and the later one is cut off at the divider. So nothing needs keeping in step. */
import { CityMap } from "../city_map.js";
import { KINDS } from "./words.js";

/** Cases and components stand where they are today, in no edition of the past. */
const OF_TODAY = ["case", "case-name", "case-count", "case-count-number", "component", "component-name"];

/** A square of hatching, told apart by direction as well as by colour. @param {string} kind */
function hatching(kind) {
  const side = 20, canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const { colour } = KINDS[kind];
  pen.globalAlpha = 0.22;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, side, side);
  pen.globalAlpha = 0.95;
  pen.strokeStyle = colour;
  pen.lineWidth = 3.5;
  pen.beginPath();
  if (kind === "rehanded") {
    for (const [x, y] of [[5, 5], [15, 15]]) {
      pen.moveTo(x + 2.6, y);
      pen.arc(x, y, 2.6, 0, 2 * Math.PI);
    }
    pen.fill();
  } else if (kind === "reshaped") {
    pen.moveTo(0, side / 2);
    pen.lineTo(side, side / 2);
    pen.stroke();
  } else {
    // Three strokes each, so that they meet those of the next square.
    for (const k of [-side, 0, side]) {
      const [from, to] = kind === "born" ? [side, 0] : [0, side];
      pen.moveTo(k, from);
      pen.lineTo(k + side, to);
    }
    pen.stroke();
  }
  return pen.getImageData(0, 0, side, side);
}

/** The same hatching for the legend. @param {string} kind */
export function swatch(kind) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 20;
  canvas.className = "hatch";
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d")?.putImageData(hatching(kind), 0, 0);
  canvas.style.borderColor = KINDS[kind].colour;
  return canvas;
}

/** Add what differs to a drawing, as soon as its style is there; its tiles may come later. @param {any} drawn */
async function prepared(drawn) {
  if (!drawn.getSource("grids")) await new Promise((done) => drawn.once("style.load", done));
  prepare(drawn);
}

/** @param {any} drawn a MapLibre map whose style is there */
function prepare(drawn) {
  for (const id of OF_TODAY) drawn.setLayoutProperty(id, "visibility", "none");
  for (const kind of Object.keys(KINDS)) drawn.addImage(`hatch-${kind}`, hatching(kind), { pixelRatio: 2 });
  drawn.addSource("changes", { type: "geojson", data: { type: "FeatureCollection", features: [] }, tolerance: 0.2 });
  const kind = ["get", "kind"];
  drawn.addLayer({ id: "change", type: "fill", source: "changes", paint: { "fill-pattern": ["match", kind, ...Object.keys(KINDS).flatMap((k) => [k, `hatch-${k}`]), "hatch-reshaped"] } }, "border-grid");
  drawn.addLayer({ id: "change-line", type: "line", source: "changes", layout: { "line-join": "round" },
    paint: { "line-color": ["match", kind, ...Object.entries(KINDS).flatMap(([k, { colour }]) => [k, colour]), "#0067a8"], "line-width": ["interpolate", ["linear"], ["zoom"], 9, 2.5, 13, 1.6, 17, 2.6] } }, "cell-outline");
}

export class CompareMap {
  /** @param {CityMap} left @param {CityMap} right @param {HTMLElement} pane of the right one */
  constructor(left, right, pane) {
    this.left = left;
    this.right = right;
    this.leaflet = left.leaflet;
    this.pane = pane;
    this.percent = 50;
    this.ready = Promise.all([left, right].map((city) => prepared(city.drawn)));
    this.leaflet.on("move zoom zoomend viewreset resize", () => this.#cut());
  }

  /** @param {any} config @param {import("./address.js").View | null} view @param {number} earlier @param {number} later numbers of editions */
  static async open(config, view, earlier, later) {
    const left = await CityMap.open(config, view, earlier);
    const pane = left.leaflet.createPane("later");
    pane.style.zIndex = "220";
    pane.style.pointerEvents = "none";
    return new CompareMap(left, CityMap.drawnIn(left.leaflet, config, later, "later"), pane);
  }

  /** @param {number} percent of the map, from the left, that shows the earlier edition */
  divide(percent) {
    this.percent = percent;
    this.#cut();
  }

  /** @param {number} earlier @param {number} later */
  setEditions(earlier, later) {
    this.left.setEdition(earlier);
    this.right.setEdition(later);
    this.setChanges({ type: "FeatureCollection", features: [] });
  }

  /** What differs: each side shows the ground as it is there. @param {any} collection of /api/editions/…/changes */
  setChanges(collection) {
    const before = collection.features.filter((/** @type {any} */ f) => f.properties.kind !== "born").map((/** @type {any} */ f) => ({ ...f, geometry: f.before ?? f.geometry }));
    const after = collection.features.filter((/** @type {any} */ f) => f.properties.kind !== "retired");
    const sides = /** @type {[CityMap, any[]][]} */ ([[this.left, before], [this.right, after]]);
    return this.ready.then(() => {
      for (const [city, features] of sides) city.drawn.getSource("changes").setData({ type: "FeatureCollection", features });
    });
  }

  /** Mark the owners of a place on both sides. @param {any} before @param {any} after answers of /api/route, or null */
  choose(before, after) {
    this.left.choose(before?.ids.cell ?? null, before?.ids.community ?? null);
    this.right.choose(after?.ids.cell ?? null, after?.ids.community ?? null);
  }

  /** Panes move with the map: the cut is in their measure, from the map's corner. */
  #cut() {
    const size = this.leaflet.getSize();
    const from = this.leaflet.containerPointToLayerPoint([(size.x * this.percent) / 100, 0]);
    const to = this.leaflet.containerPointToLayerPoint([size.x, size.y]);
    this.pane.style.clipPath = `polygon(${from.x}px ${from.y}px, ${to.x}px ${from.y}px, ${to.x}px ${to.y}px, ${from.x}px ${to.y}px)`;
  }
}
