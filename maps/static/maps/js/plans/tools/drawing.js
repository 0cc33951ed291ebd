// @ts-check
/** Lines drawn point by point (Geoman does the drawing), and lines whose points are dragged. */
import { button } from "./options.js";

const LINE = { snappable: false, allowSelfIntersection: true, finishOn: "dblclick", tooltips: false, cursorMarker: true, continueDrawing: false };

/** @param {any} latlngs @returns {number[][]} lon, lat with every decimal there is */
export const pairs = (latlngs) => latlngs.map((/** @type {any} */ { lng, lat }) => [lng, lat]);

/**
 * Draw lines, one after the other.
 * @param {any} desk @param {(line: number[][]) => Promise<any>} done
 * @returns {() => void} ends the drawing
 */
export function drawLine(desk, done) {
  const { leaflet } = desk.map;
  let ended = false;
  const draw = () => leaflet.pm.enableDraw("Line", { ...LINE, templineStyle: { className: "gesture" }, hintlineStyle: { className: "gesture", dashArray: [5, 6] }, pathOptions: { className: "gesture" } });
  const finish = () => leaflet.pm.Draw.Line._finishShape();
  async function made(/** @type {any} */ { layer }) {
    const line = pairs(layer.getLatLngs());
    layer.setStyle?.({ className: "gesture" });
    await done(line).finally(() => layer.remove());
    if (!ended) draw();
  }
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "Enter") finish();
    if (event.key === "Backspace") leaflet.pm.Draw.Line._removeLastVertex();
  }
  leaflet.on("pm:create", made);
  document.addEventListener("keydown", key);
  leaflet.doubleClickZoom.disable();
  draw();
  desk.addOptions(button(gettext("Point back"), () => leaflet.pm.Draw.Line._removeLastVertex(), { title: "Backspace" }), button(gettext("Done"), finish, { class: "quiet strong", title: "Enter" }));
  return () => {
    ended = true;
    leaflet.off("pm:create", made);
    document.removeEventListener("keydown", key);
    leaflet.pm.disableDraw();
    leaflet.doubleClickZoom.enable();
  };
}

/**
 * A line with points to drag, and a point to pull out between any two.
 * @param {any} desk @param {number[][]} line @param {(line: number[][], end: boolean) => void} pulled after each drag; `end`: an end was dragged
 */
export function pullLine(desk, line, pulled) {
  const { leaflet } = desk.map;
  const shown = L.polyline(line.map(([lon, lat]) => [lat, lon]), { className: "pulled", weight: 4, pmIgnore: false, bubblingMouseEvents: false });
  shown.addTo(leaflet);
  shown.pm.enable({ snappable: false, allowSelfIntersection: true, removeLayerBelowMinVertexCount: false, addVertexOn: "click" });
  const ends = (/** @type {number} */ index) => index === 0 || index === shown.getLatLngs().length - 1;
  shown.on("pm:markerdragend", (/** @type {any} */ event) => pulled(pairs(shown.getLatLngs()), ends(event.indexPath?.at(-1) ?? 1)));
  shown.on("pm:vertexremoved", () => pulled(pairs(shown.getLatLngs()), false));
  return {
    shown,
    remove() {
      shown.pm.disable();
      shown.remove();
    },
  };
}
