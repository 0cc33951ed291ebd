// @ts-check
/** Shared borders are pulled as lines, never polygons: both sides follow. Borders, corners, straightening. */
import { element, toast } from "../../dom.js";
import { pullLine } from "./drawing.js";
import { button, check, choice } from "./options.js";

const REACH_PX = 22;
/** @typedef {{arc: string, one: number, other: number, movable: boolean, line: number[][]}} Border */

/** Pixels from a point to a piece of line. @param {any} p @param {any} a @param {any} b */
function away(p, a, b) {
  const way = b.subtract(a), long = way.x * way.x + way.y * way.y;
  const t = long ? Math.max(0, Math.min(1, ((p.x - a.x) * way.x + (p.y - a.y) * way.y) / long)) : 0;
  return p.distanceTo(a.add(way.multiplyBy(t)));
}

/** The borders within reach of a click, the nearest first, with how far they are. @param {any} desk @param {any} at LatLng */
async function near(desk, at) {
  const { leaflet } = desk.map;
  const p = leaflet.latLngToContainerPoint(at);
  const a = leaflet.containerPointToLatLng(p.subtract([REACH_PX, REACH_PX])), b = leaflet.containerPointToLatLng(p.add([REACH_PX, REACH_PX]));
  /** @type {Border[]} */
  const found = await desk.borders({ bbox: [a.lng, b.lat, b.lng, a.lat].join(",") });
  const places = (/** @type {Border} */ border) => border.line.map(([lon, lat]) => leaflet.latLngToContainerPoint([lat, lon]));
  return found
    .map((border) => {
      const line = places(border);
      const corner = line.map((q, n) => ({ n, far: p.distanceTo(q) })).reduce((best, next) => (next.far < best.far ? next : best));
      return { border, corner, far: Math.min(...line.slice(1).map((q, n) => away(p, line[n], q))) };
    })
    .filter(({ far }) => far <= REACH_PX)
    .sort((one, other) => one.far - other.far);
}

/** @param {any} desk @param {any} at @returns {Promise<Border | null>} */
async function nearest(desk, at) {
  if (desk.tooFar()) return null;
  const found = await near(desk, at);
  const movable = found.find(({ border }) => border.movable) ?? found[0];
  if (!movable) toast(gettext("No border there: click nearer to one."));
  return movable?.border ?? null;
}

export const border = {
  id: "border", group: "shape", key: "g", icon: "border",
  label: () => gettext("Move border"), hint: () => gettext("Click a border, then drag its points; the pale points between make new ones. Both sides follow."),
  /** @param {any} desk */
  enter(desk) {
    let across = false, held = /** @type {any} */ (null), now = /** @type {Border | null} */ (null);
    desk.options(check(gettext("across communities"), across, (on) => (across = on)));
    const drop = () => {
      held?.remove();
      held = now = null;
      desk.map.mark("lit", []);
    };
    const hold = (/** @type {Border} */ border) => {
      drop();
      now = border;
      desk.map.mark("lit", [border.one, border.other].filter(Boolean));
      held = pullLine(desk, border.line, (line, end) => pulled(border, line, end));
    };
    async function pulled(/** @type {Border} */ border, /** @type {number[][]} */ line, /** @type {boolean} */ end) {
      const applied = await desk.edit("move_border", { arc: border.arc, line, ends: end ? "moved" : "pinned", ...(across && { across: true }) });
      if (now?.arc !== border.arc) return;
      if (!applied) return hold(border);
      // The border as it is now: on the millimetre grid, with the points that the server kept.
      const sides = [border.one, border.other].filter(Boolean);
      const again = (await desk.borders({ cells: sides.join(",") })).filter((b) => sides.every((k) => b.one === k || b.other === k));
      const best = again.find((b) => b.arc === border.arc) ?? again[0];
      if (best) hold(best);
      else drop();
    }
    const stop = desk.clicks(async (/** @type {any} */ at) => {
      const found = await nearest(desk, at);
      if (found) hold(found);
      else drop();
    });
    const undone = (/** @type {any} */ told) => {
      if (told.detail?.kind !== "move_border" && now) drop();
    };
    desk.addEventListener("edited", undone);
    desk.addEventListener("loaded", drop);
    return () => {
      stop();
      drop();
      desk.removeEventListener("edited", undone);
      desk.removeEventListener("loaded", drop);
    };
  },
};

export const corner = {
  id: "corner", group: "shape", key: "c", icon: "corner",
  label: () => gettext("Move corner"), hint: () => gettext("Click a corner or a bend, then drag it: every border that meets there follows."),
  /** @param {any} desk */
  enter(desk) {
    const { leaflet } = desk.map;
    let across = false, shown = /** @type {any} */ (null);
    desk.options(check(gettext("across communities"), across, (on) => (across = on)));
    const drop = () => {
      shown?.remove();
      shown = null;
    };
    /** @param {[number, number]} place lon, lat @param {Border[]} meeting */
    function hold(place, meeting) {
      drop();
      const same = (/** @type {number[]} */ q) => Math.abs(q[0] - place[0]) < 1e-9 && Math.abs(q[1] - place[1]) < 1e-9;
      // Each piece of border that ends at the corner, drawn anew while it is dragged.
      const ways = meeting.flatMap(({ line }) => line.flatMap((q, n) => (same(q) ? [line[n - 1], line[n + 1]].filter((o) => o && !same(o)) : [])));
      const marker = L.marker([place[1], place[0]], { draggable: true, autoPan: true, pmIgnore: true, icon: L.divIcon({ className: "corner-handle", iconSize: [22, 22] }), keyboard: false });
      const lines = ways.map(([lon, lat]) => L.polyline([[lat, lon], [place[1], place[0]]], { className: "gesture", weight: 3, interactive: false, pmIgnore: true }));
      shown = L.layerGroup([...lines, marker]).addTo(leaflet);
      marker.on("drag", () => lines.forEach((line, n) => line.setLatLngs([[ways[n][1], ways[n][0]], marker.getLatLng()])));
      marker.on("dragend", async () => {
        const { lng, lat } = marker.getLatLng();
        const applied = await desk.edit("move_vertex", { at: place, to: [lng, lat], ...(across && { across: true }) });
        if (!applied) hold(place, meeting);
        else drop();
      });
    }
    const stop = desk.clicks(async (/** @type {any} */ at) => {
      if (desk.tooFar()) return;
      const found = (await near(desk, at)).sort((one, other) => one.corner.far - other.corner.far);
      if (!found[0] || found[0].corner.far > REACH_PX) return toast(gettext("No corner there: click nearer to one."));
      hold(/** @type {any} */ (found[0].border.line[found[0].corner.n]), found.map((f) => f.border));
    });
    desk.addEventListener("edited", drop);
    return () => {
      stop();
      drop();
      desk.removeEventListener("edited", drop);
    };
  },
};

export const straighten = {
  id: "straighten", group: "shape", key: "h", icon: "straighten",
  label: () => gettext("Straighten"), hint: () => gettext("Click a border; then lay it straight, or click the street it shall follow."),
  /** @param {any} desk */
  enter(desk) {
    let ends = "slide", across = false, now = /** @type {Border | null} */ (null), shown = /** @type {any} */ (null);
    const send = async (/** @type {any} */ more) => {
      if (!now) return;
      const applied = await desk.edit("straighten", { arc: now.arc, ends, ...more, ...(across && { across: true }) });
      if (applied) drop();
    };
    const draw = () => desk.options(
      now && button(gettext("Straight from corner to corner"), () => send({}), { class: "quiet strong" }),
      now && element("span", { class: "told" }, gettext("or click a street")),
      choice([["slide", gettext("slide along")], ["pinned", gettext("corners stay")]], ends, (value) => (ends = value)),
      check(gettext("across communities"), across, (on) => (across = on)));
    const drop = () => {
      shown?.remove();
      now = shown = null;
      desk.map.mark("lit", []);
      draw();
    };
    draw();
    const stop = desk.clicks(async (/** @type {any} */ at) => {
      const street = now && desk.map.streetAt(at);
      if (street) return send({ street: Number(street.id) });
      const found = await nearest(desk, at);
      drop();
      if (!found) return;
      now = found;
      shown = L.polyline(found.line.map(([lon, lat]) => [lat, lon]), { className: "pulled", weight: 5, interactive: false, pmIgnore: true }).addTo(desk.map.leaflet);
      desk.map.mark("lit", [found.one, found.other].filter(Boolean));
      draw();
    });
    desk.addEventListener("loaded", drop);
    return () => {
      stop();
      drop();
      desk.removeEventListener("loaded", drop);
    };
  },
};
