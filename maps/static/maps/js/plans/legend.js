// @ts-check
/** What the colours and lines mean, and what else of the city is drawn. */
import { byId, element } from "../dom.js";
import { SWITCHES } from "../map_style.js";

const KEYS = () => [
  ["grid", gettext("third-level grids")], ["touched", gettext("touched by the plan")], ["hands", gettext("changes hands")], ["born", gettext("born in the plan")],
  ["locked", gettext("locked grid")], ["active", gettext("grid painted with")], ["force", gettext("grids in force")], ["community", gettext("communities in force")],
];
const OFF_AT_FIRST = ["cases", "components"];
const ASKED = ["cases", "components", "buildings", "names"];

/** @param {any} city */
export function openLegend(city) {
  const off = new Set(OFF_AT_FIRST);
  const apply = () => city.whenDrawn(() => {
    for (const { key, layers } of SWITCHES) if (ASKED.includes(key)) for (const id of layers) if (city.drawn.getLayer(id)) city.drawn.setLayoutProperty(id, "visibility", off.has(key) ? "none" : "visible");
  });
  byId("legend-body").append(
    element("ul", { class: "keys" }, ...KEYS().map(([key, words]) => element("li", {}, element("span", { class: `key key-${key}`, "aria-hidden": "true" }), words))),
    element("fieldset", {}, element("legend", {}, gettext("Also drawn")), ...SWITCHES.filter(({ key }) => ASKED.includes(key)).map(({ key, words }) =>
      element("label", { class: "switch" }, element("input", { type: "checkbox", checked: !off.has(key), onchange: (/** @type {any} */ e) => {
        if (e.target.checked) off.delete(key);
        else off.add(key);
        apply();
      } }), words()))));
  apply();
}
