// @ts-check
/** Look and choose; lock and unlock grids. */
import { toast } from "../../dom.js";
import { area, number } from "../words.js";
import { button } from "./options.js";

/** @param {any} desk */
function summary(desk) {
  const cells = [...desk.chosen.values()];
  if (cells.length === 0) return desk.options();
  const total = cells.reduce((sum, cell) => sum + cell.area, 0);
  const words = interpolate(ngettext("%s cell", "%s cells", cells.length), [number(cells.length)]) + (Number.isFinite(total) ? ` · ${area(total)}` : "");
  const keys = cells.map((cell) => cell.key);
  const one = cells.length === 1 ? cells[0] : null;
  const acts = desk.mayDraw ? [
    desk.active && button(interpolate(gettext("Give to %s"), [desk.nameOfGrid(desk.active)]), () => desk.edit("paint", { cells: keys, grid: desk.active.key }), { class: "quiet strong" }),
    cells.length > 1 && button(gettext("Merge"), () => desk.edit("merge", { cells: keys })),
    one?.grid && button(gettext("Paint with its grid"), () => desk.activate(one.grid, one.community)),
  ] : [];
  const name = one ? `${one.code || gettext("new cell")} · ${desk.communityNamed(one.community)}` : "";
  desk.options(L.DomUtil.create("span", "told"), ...acts, button(gettext("Choose none"), () => desk.choose([])));
  document.querySelector("#options .told").textContent = [name, words].filter(Boolean).join(" · ");
}

export const look = {
  id: "look", group: "look", key: "v", icon: "look", always: true,
  label: () => gettext("Look"), hint: () => gettext("Click a cell to choose it, Shift for more. Drag to move the map."),
  /** @param {any} desk */
  enter(desk) {
    const told = () => summary(desk);
    desk.addEventListener("chosen", told);
    desk.addEventListener("active", told);
    told();
    const stop = desk.clicks((/** @type {any} */ at, /** @type {any} */ event) => {
      const cell = desk.map.at(at), more = event.originalEvent.shiftKey || event.originalEvent.ctrlKey;
      if (!cell) return desk.choose([]);
      const others = more ? [...desk.chosen.values()].filter((c) => c.key !== cell.key) : [];
      const again = desk.chosen.has(cell.key) && (more || desk.chosen.size === 1);
      desk.choose(again ? others : [...others, cell]);
    });
    return () => {
      stop();
      desk.removeEventListener("chosen", told);
      desk.removeEventListener("active", told);
    };
  },
};

export const lock = {
  id: "lock", group: "grids", key: "k", icon: "lock",
  label: () => gettext("Lock"), hint: () => gettext("Click a cell: its grid is locked, or unlocked. Nothing changes a locked grid."),
  /** @param {any} desk */
  enter(desk) {
    desk.options();
    return desk.clicks((/** @type {any} */ at) => {
      const cell = desk.map.at(at);
      if (!cell?.grid) return toast(gettext("This cell is in no third-level grid."));
      return desk.edit(desk.map.plan.locked.has(cell.grid) ? "unlock" : "lock", { grids: [cell.grid] });
    });
  },
};
