// @ts-check
/** The density of cases under the map's names: a picture from the server, its bandwidth, and its legend. For looks. */
import { get } from "../api.js";

const BANDWIDTHS_M = [150, 300, 600, 1200];
let bandwidth = "300";

/** As it stands in an address. */
export const bandwidthShown = () => bandwidth;

/** @param {any} query */
export const densityOf = (query) => get("/api/hotspots/density", { from: query.from, to: query.to, ...(query.class && { class: query.class }), ...(query.source && { source: query.source }), bandwidth });

/** The choice of bandwidths. @param {(e: Event) => void} change */
export function bandwidthChoice(change) {
  const select = document.createElement("select");
  select.dataset.test = "bandwidth";
  for (const metres of BANDWIDTHS_M) select.append(new Option(interpolate(gettext("bandwidth %s m"), [metres]), String(metres), String(metres) === bandwidth, String(metres) === bandwidth));
  select.setAttribute("aria-label", gettext("Bandwidth of the kernel"));
  select.addEventListener("change", (event) => {
    bandwidth = select.value;
    change(event);
  });
  return select;
}

/** @param {any} drawn the MapLibre map @param {any | null} found of /api/hotspots/density; null takes it away */
export async function drawDensity(drawn, found) {
  const picture = new Image();
  if (found) {
    picture.src = found.picture;
    await picture.decode();
  }
  if (drawn.getLayer("density")) drawn.removeLayer("density");
  if (drawn.getSource("density")) drawn.removeSource("density");
  if (!found) return;
  // By way of a canvas: MapLibre would fetch a picture, which the page's policy allows from the server's addresses only.
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(picture, 0, 0);
  drawn.addSource("density", { type: "canvas", canvas, coordinates: found.corners, animate: false });
  drawn.addLayer({ id: "density", type: "raster", source: "density", paint: { "raster-opacity": 0.7, "raster-fade-duration": 0 } }, "border-community");
}

/** Its classes as steps of a legend, and on how many square kilometres each lies. @param {any} found */
export function densityLegend(found) {
  const steps = found.steps.map((/** @type {any} */ step, /** @type {number} */ k) => {
    const next = found.steps[k + 1];
    return { key: String(k), colour: step.colour, words: next ? `${step.from} – ${next.from}` : interpolate(gettext("%s and more"), [step.from]) };
  });
  const counts = new Map(found.steps.map((/** @type {any} */ _step, /** @type {number} */ k) => [String(k), found.square_km[k + 1]]));
  const words = interpolate(gettext("Cases a km² in %(days)s days; at the right the km² of each class. Gaussian kernel, bandwidth %(metres)s m, corrected at the city's edge. For looks only: it says where cases are many, not where they are more than usual."), { days: found.days, metres: Math.round(found.bandwidth_m) }, true);
  return { steps: steps.reverse(), counts, words };
}
