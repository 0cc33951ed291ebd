// @ts-check
/** Split by a drawn line or by streets, merge. */
import { element, toast } from "../../dom.js";
import { strokes } from "../strokes.js";
import { drawLine } from "./drawing.js";
import { button, check, communityField, streetClasses } from "./options.js";

export const split = {
  id: "split", group: "shape", key: "s", icon: "split",
  label: () => gettext("Split"), hint: () => gettext("Draw a line from border to border: the cells it crosses are split. The last point again, or Enter, ends it."),
  /** @param {any} desk */
  enter(desk) {
    let small = false;
    desk.options(check(gettext("leave small pieces with their cell"), small, (on) => (small = on)));
    return drawLine(desk, async (line) => {
      const keys = desk.chosen.size ? [...desk.chosen.keys()] : crossed(desk, line);
      if (keys.length === 0) return toast(gettext("No cell there."));
      return desk.edit("split", { cells: keys, line, ...(small && { keep_small: true }) });
    });
  },
};

/** The cells that a line runs over on the screen. @param {any} desk @param {number[][]} line */
function crossed(desk, line) {
  const places = line.map(([lon, lat]) => L.latLng(lat, lon));
  const keys = new Set(places.slice(1).flatMap((place, n) => desk.map.between(places[n], place)).map((cell) => cell.key));
  return [...keys];
}

export const splitByStreets = {
  id: "split-streets", group: "shape", key: "t", icon: "split-streets",
  label: () => gettext("Split by streets"), hint: () => gettext("The chosen cells, or all of a community, are split along its streets."),
  /** @param {any} desk */
  enter(desk) {
    const classes = new Set([1, 2, 3]);
    const where = communityField(desk, desk.communityInView());
    const act = () => {
      const cells = [...desk.chosen.keys()];
      desk.edit("split_by_streets", { ...(cells.length ? { cells } : { community: Number(where.value) }), classes: [...classes] });
    };
    const draw = () => desk.options(
      desk.chosen.size ? element("span", { class: "told" }, interpolate(ngettext("%s chosen cell", "%s chosen cells", desk.chosen.size), [desk.chosen.size])) : where,
      streetClasses(classes), button(gettext("Split"), act, { class: "quiet strong" }));
    draw();
    desk.addEventListener("chosen", draw);
    const stop = choosing(desk);
    return () => {
      stop();
      desk.removeEventListener("chosen", draw);
    };
  },
};

/** Clicks choose cells, one more each. @param {any} desk */
export function choosing(desk) {
  return desk.clicks((/** @type {any} */ at) => {
    const cell = desk.map.at(at);
    if (!cell) return;
    const others = [...desk.chosen.values()].filter((c) => c.key !== cell.key);
    desk.choose(desk.chosen.has(cell.key) ? others : [...others, cell]);
  });
}

export const merge = {
  id: "merge", group: "shape", key: "m", icon: "merge",
  label: () => gettext("Merge"), hint: () => gettext("Drag from a cell over its neighbours: they become one, which keeps the first one's code."),
  /** @param {any} desk */
  enter(desk) {
    let across = false;
    desk.options(
      check(gettext("across communities"), across, (on) => (across = on)),
      desk.chosen.size > 1 && button(interpolate(ngettext("Merge the %s chosen cell", "Merge the %s chosen cells", desk.chosen.size), [desk.chosen.size]), () => send([...desk.chosen.keys()], null), { class: "quiet strong" }));
    const send = (/** @type {number[]} */ keys, /** @type {number | null} */ first) => desk.edit("merge", { cells: keys, ...(first && { into: first }), ...(across && { across: true }) });
    /** @type {number[]} */
    let keys = [];
    let from = /** @type {any} */ (null);
    const mark = () => desk.map.mark("brushed", keys);
    return strokes(desk.map.leaflet, {
      begin(at) {
        const cell = desk.tooFar() ? null : desk.map.at(at);
        if (!cell) return false;
        keys = [cell.key];
        from = at;
        mark();
      },
      move(at) {
        for (const cell of desk.map.between(from, at)) if (!keys.includes(cell.key)) keys.push(cell.key);
        from = at;
        mark();
      },
      async end() {
        const joined = keys;
        if (joined.length > 1) await send(joined, joined[0]);
        else toast(gettext("Drag on to a neighbour."));
        keys = [];
        mark();
      },
      cancel() {
        keys = [];
        mark();
      },
    });
  },
};
