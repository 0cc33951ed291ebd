// @ts-check
/** The grid painted with: always to be seen, and chosen from those of a community. */
import { byId, element } from "../dom.js";
import { icon } from "./icons.js";
import { colourOf } from "./palette.js";
import { area, number } from "./words.js";

/** @param {number | null} key */
export function swatch(key) {
  const made = element("span", { class: "grid-swatch", "aria-hidden": "true" });
  made.style.background = colourOf(key);
  return made;
}

/** @param {any} desk */
export function openChooser(desk) {
  const holder = byId("chooser"), summary = byId("active"), list = byId("grids");
  const where = element("select", { "aria-label": gettext("Community") });
  const rows = element("ul", { role: "listbox", "aria-label": gettext("Third-level grids") });
  list.replaceChildren(where, rows);

  function head() {
    const grid = desk.active;
    summary.replaceChildren(
      swatch(grid?.key ?? null),
      element("span", { class: "active-name" }, grid ? desk.nameOfGrid(grid) : gettext("Choose a grid")),
      grid ? element("span", { class: "hint active-cells" }, interpolate(ngettext("%s cell", "%s cells", grid.cells), [number(grid.cells)])) : "",
      grid?.locked ? icon("lock", 15) : "", icon("down", 15));
    document.documentElement.dataset.active = String(grid?.key ?? "");
  }

  async function fill() {
    const community = Number(where.value);
    if (!community) return;
    const grids = await desk.gridsOf(community);
    if (community !== Number(where.value)) return;
    rows.replaceChildren(...grids.map((/** @type {any} */ grid) =>
      element("li", { role: "option", "aria-selected": String(grid.key === desk.active?.key) },
        element("button", { type: "button", "data-grid": grid.key, onclick: () => {
          desk.activate(grid.key, community);
          holder.open = false;
          if (["look", "pick"].includes(document.documentElement.dataset.tool ?? "")) desk.use("brush");
        } }, swatch(grid.key), element("span", { class: "name" }, desk.nameOfGrid(grid)),
          grid.born ? element("span", { class: "tag" }, gettext("new")) : "", grid.locked ? icon("lock", 14) : "",
          element("span", { class: "hint" }, `${interpolate(ngettext("%s cell", "%s cells", grid.cells), [number(grid.cells)])} · ${area(grid.area_m2)}`)))));
    if (grids.length === 0) rows.replaceChildren(element("li", { class: "hint none" }, gettext("No third-level grid here. Make one with “New grid”.")));
  }

  holder.addEventListener("toggle", () => {
    if (!holder.open) return;
    where.replaceChildren(...desk.communities.map((/** @type {any} */ c) => element("option", { value: c.id }, desk.communityNamed(c.id) || c.code)));
    const first = [...desk.chosen.values()][0]?.community || desk.communityInView() || desk.active?.community;
    if (first) where.value = String(first);
    fill();
  });
  where.addEventListener("change", () => {
    fill();
    const found = desk.communities.find((/** @type {any} */ c) => c.id === Number(where.value));
    if (!found) return;
    const [west, south, east, north] = found.bbox;
    desk.map.fly([[south, west], [north, east]]);
  });
  document.addEventListener("pointerdown", (event) => {
    if (holder.open && !holder.contains(/** @type {Node} */ (event.target))) holder.open = false;
  });
  holder.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !holder.open) return;
    event.stopPropagation();
    holder.open = false;
    summary.focus();
  });
  desk.on("active", () => {
    head();
    if (holder.open) fill();
  });
  desk.on("needs-grid", () => (holder.open = true));
  head();
}
