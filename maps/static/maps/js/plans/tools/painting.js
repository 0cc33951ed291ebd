// @ts-check
/** Tools that give cells to the active grid: click and brush, box, lasso, along a street, flood, eyedropper. */
import { element, toast } from "../../dom.js";
import { boxOf, dragArea, lassoOf } from "../../dragging.js";
import { strokes } from "../strokes.js";
import { drawLine } from "./drawing.js";
import { check, choice } from "./options.js";

/** What all painting tools remember: whether cells are painted or only chosen, whether across communities. */
const how = { choose: false, across: false, rule: "centre", within: 10, streets: true, water: true };

/** @param {any} desk @param {number[]} keys */
async function paint(desk, keys) {
  if (keys.length === 0) return toast(gettext("No cell there."));
  if (!desk.active) {
    toast(gettext("Choose the grid to paint with first."), "bad");
    return desk.tell("needs-grid");
  }
  const { key } = desk.active;
  return desk.edit("paint", { cells: keys, grid: key, ...(how.across && { across: true }) });
}

/** Cells met by a gesture: painted, or chosen. @param {any} desk @param {number[]} keys @param {boolean} more to those chosen before */
async function take(desk, keys, more = false) {
  if (!how.choose) return paint(desk, keys);
  const before = more ? [...desk.chosen.values()] : [];
  desk.choose([...before, ...keys.map((key) => ({ key, grid: null, community: 0, code: "", area: NaN }))]);
}

/** @param {any} desk @param {any[]} [more] */
function options(desk, more = []) {
  desk.options(
    choice([["paint", gettext("Paint")], ["choose", gettext("Only choose")]], how.choose ? "choose" : "paint", (value) => (how.choose = value === "choose")),
    check(gettext("across communities"), how.across, (on) => (how.across = on)),
    ...more);
}

export const brush = {
  id: "brush", group: "paint", key: "b", icon: "brush",
  label: () => gettext("Brush"), hint: () => gettext("Click cells or drag over them. Alt picks a cell's grid up, the space bar moves the map."),
  /** @param {any} desk */
  enter(desk) {
    options(desk);
    /** @type {Map<number, any>} */
    let met = new Map();
    let from = /** @type {any} */ (null);
    const add = (/** @type {any} */ at) => {
      for (const cell of desk.map.between(from ?? at, at)) if (how.choose || !desk.active || cell.grid !== desk.active.key || how.across) met.set(cell.key, cell);
      from = at;
      desk.map.mark("brushed", met.keys());
    };
    const reset = () => {
      met = new Map();
      from = null;
    };
    return strokes(desk.map.leaflet, {
      begin(at, event) {
        if (event.altKey) return void pickUp(desk, at), false;
        if (desk.tooFar()) return false;
        reset();
        add(at);
      },
      move: add,
      async end() {
        const cells = [...met.values()];
        reset();
        if (how.choose) desk.choose([...desk.chosen.values(), ...cells]);
        else if (cells.length) await paint(desk, cells.map((cell) => cell.key));
        else if (desk.active) toast(gettext("These cells are in the grid already."));
        desk.map.mark("brushed", met.keys());
      },
      cancel() {
        reset();
        desk.map.mark("brushed", []);
      },
    });
  },
};

/** A drag that makes an area, and takes its cells. @param {any} desk @param {(path: any[]) => any[]} areaOf the corners, of the places passed */
function dragged(desk, areaOf) {
  return dragArea(desk.map.leaflet, areaOf, {
    may: () => !desk.tooFar(),
    async done(corners) {
      const ring = [...corners, corners[0]].map(({ lng, lat }) => [lng, lat]);
      const keys = await desk.select({ kind: "shape", shape: { type: "Polygon", coordinates: [ring] }, rule: how.rule });
      desk.map.mark("brushed", how.choose ? [] : keys);
      await take(desk, keys, true);
      desk.map.mark("brushed", []);
    },
  });
}

/** @param {any} desk */
const areaOptions = (desk) => options(desk, [
  choice([["centre", gettext("middle inside")], ["touch", gettext("touched")], ["whole", gettext("wholly inside")]], how.rule, (value) => (how.rule = value)),
]);

export const box = {
  id: "box", group: "paint", key: "x", icon: "box",
  label: () => gettext("Box"), hint: () => gettext("Drag a box over the cells."),
  /** @param {any} desk */
  enter(desk) {
    areaOptions(desk);
    return dragged(desk, boxOf);
  },
};

export const lasso = {
  id: "lasso", group: "paint", key: "l", icon: "lasso",
  label: () => gettext("Lasso"), hint: () => gettext("Drag freely round the cells."),
  /** @param {any} desk */
  enter(desk) {
    areaOptions(desk);
    return dragged(desk, lassoOf);
  },
};

export const along = {
  id: "along", group: "paint", key: "a", icon: "along",
  label: () => gettext("Along a street"), hint: () => gettext("Draw a line along the street; the last point again, or Enter, ends it."),
  /** @param {any} desk */
  enter(desk) {
    const reach = element("input", { type: "number", min: 1, max: 200, value: how.within, class: "small", "aria-label": gettext("metres on both sides"), onchange: (/** @type {any} */ e) => (how.within = Number(e.target.value) || 10) });
    options(desk, [element("label", { class: "inline" }, reach, gettext("m on both sides"))]);
    return drawLine(desk, async (line) => {
      const keys = await desk.select({ kind: "shape", shape: { type: "LineString", coordinates: line }, within_m: how.within });
      await take(desk, keys, true);
    });
  },
};

export const flood = {
  id: "flood", group: "paint", key: "f", icon: "flood",
  label: () => gettext("Fill"), hint: () => gettext("Click: everything up to the next street or water is filled."),
  /** @param {any} desk */
  enter(desk) {
    options(desk, [
      check(gettext("stop at streets"), how.streets, (on) => (how.streets = on)),
      check(gettext("stop at water"), how.water, (on) => (how.water = on)),
    ]);
    return desk.clicks(async (/** @type {any} */ at) => {
      const cell = desk.tooFar() ? null : desk.map.at(at);
      if (!cell) return;
      const barriers = [how.streets && "streets", how.water && "water"].filter(Boolean);
      const keys = await desk.select({ kind: "flood", from: cell.key, barriers });
      desk.map.mark("brushed", keys);
      await take(desk, keys);
      desk.map.mark("brushed", []);
    });
  },
};

/** Paint with the grid of the cell at a place from now on. @param {any} desk @param {any} at */
async function pickUp(desk, at) {
  const cell = desk.map.at(at);
  if (!cell) return false;
  if (!cell.grid) return void toast(gettext("This cell is in no third-level grid."));
  await desk.activate(cell.grid, cell.community);
  return true;
}

export const pick = {
  id: "pick", group: "paint", key: "i", icon: "pick",
  label: () => gettext("Pick grid"), hint: () => gettext("Click a cell to paint with its grid."),
  /** @param {any} desk */
  enter(desk) {
    desk.options();
    return desk.clicks(async (/** @type {any} */ at) => {
      if (await pickUp(desk, at)) desk.back();
    });
  },
};
