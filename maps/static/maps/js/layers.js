// @ts-check
/** The layers panel: what is drawn, in which colour it means what, and switches for each. */
import { byId, element } from "./dom.js";
import { LIGHT_COLOURS, MAGENTA, MAJOR_COLOURS, STAGE_COLOURS, SWITCHES } from "./map_style.js";

/** @param {any} city @param {string[]} off @param {any} config @param {() => void} changed */
export function openLayers(city, off, config, changed) {
  const hidden = new Set(off);
  function apply() {
    city.whenDrawn(() => {
      for (const item of SWITCHES)
        for (const id of item.layers) if (city.drawn.getLayer(id)) city.drawn.setLayoutProperty(id, "visibility", hidden.has(item.key) ? "none" : "visible");
    });
  }
  const rows = SWITCHES.map((item) =>
    element("label", { class: "switch" },
      element("input", { type: "checkbox", checked: !hidden.has(item.key), onchange: (e) => {
        if (e.target.checked) hidden.delete(item.key);
        else hidden.add(item.key);
        apply();
        changed();
      } }),
      element("span", { class: `swatch swatch-${item.key}`, "aria-hidden": "true" }), item.words()));
  const boxes = rows.map((row) => /** @type {any} */ (row.querySelector("input")));
  const key = (/** @type {string} */ colour, /** @type {string} */ words) => element("li", {}, dot(colour), words);
  byId("layers").append(
    element("fieldset", {}, element("legend", {}, gettext("Layers")), ...rows),
    element("h3", {}, gettext("Open cases by stage")),
    element("ul", { class: "keys" }, ...Object.entries(STAGE_COLOURS).map(([stage, colour]) => key(colour, config.stages[stage] ?? stage))),
    element("h3", {}, gettext("Ring by the clock")),
    element("ul", { class: "keys rings" }, ring("green", "", gettext("enough of the limit is left")), ring("amber", "", gettext("little of the limit is left")), ring("red", "!", gettext("past the limit"))),
    element("h3", {}, gettext("Components by class")),
    element("ul", { class: "keys" }, ...config.component_majors.map((m) => key(MAJOR_COLOURS[m.major] ?? "#6b7280", m.name)), key("#d1242f", gettext("red ring: damaged, lost or abandoned"))),
    element("p", { class: "hint" }, gettext("Borders of all grids are magenta, wider for higher levels. Zoom in for unit cells, and further for components.")),
  );
  document.documentElement.style.setProperty("--magenta", MAGENTA);
  apply();
  return {
    off: () => [...hidden],
    /** Hide these and show all others, as a link says. @param {string[]} keys */
    hide(keys) {
      hidden.clear();
      for (const item of keys) hidden.add(item);
      boxes.forEach((box, i) => (box.checked = !hidden.has(SWITCHES[i].key)));
      apply();
    },
  };
}

/** @param {"green" | "amber" | "red"} light @param {string} sign @param {string} words */
function ring(light, sign, words) {
  const made = element("span", { class: `dot ring ${light}`, "aria-hidden": "true" }, sign);
  made.style.borderColor = LIGHT_COLOURS[light];
  return element("li", {}, made, words);
}

/** @param {string} colour */
function dot(colour) {
  const made = element("span", { class: "dot", "aria-hidden": "true" });
  made.style.background = colour;
  return made;
}
