// @ts-check
/** How the city is drawn: a calm ground, the grids over it in magenta (品红, the standard's colour), work in clear colours. */

const zh = document.documentElement.lang.startsWith("zh");
const NAME = zh
  ? ["coalesce", ["get", "name_zh"], ["get", "name_en"]]
  : ["case", ["!=", ["coalesce", ["get", "name_en"], ""], ""], ["get", "name_en"], ["get", "name_zh"]];
// The machine's own fonts, Chinese first. MapLibre reads the weight off the first name, which need not be a font.
const FONT = ["Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei"];
const BOLD = ["Bold", ...FONT];
export const MAGENTA = "#b5126f";
export const STAGE_COLOURS = {
  reported: "#8a5cc2", verifying: "#a97fd6", verified: "#6d3fa9", accepted: "#b45309", filed: "#d97706",
  dispatched: "#0f6b78", handling: "#2492a3", held: "#94762f", handled: "#4b8f2f", checking: "#7fae3a", checked: "#2f6b1a",
};
/** Clocks of cases: the tiles carry when a case turns yellow and red (seconds), so that colours change without new tiles. Width and sign say the same as the hue. */
export const LIGHT_COLOURS = { green: "#0b7a63", amber: "#e0a100", red: "#b3261e" };
export const MAJOR_COLOURS = { "01": "#3f6fb5", "02": "#5b7083", "03": "#a06a1f", "04": "#2f8f4e", "05": "#8a6d4b" };

/** A street's width in metres, as surveyed or as its class usually has it. */
const WIDE = ["case", [">", ["get", "width"], 0], ["get", "width"], ["match", ["get", "class"], 1, 40, 2, 28, 3, 16, 6]];

/** Width by zoom: a sign of the class far out, the true width close by. @param {number} more of the casing */
function streetWidth(more) {
  const sign = (/** @type {number[]} */ widths) => ["match", ["get", "class"], 1, widths[0] + more, 2, widths[1] + more, 3, widths[2] + more, widths[3] + more * 0.6];
  // A metre is 0.26 pixels at zoom 14 and twice as many at each further zoom (latitude 35°).
  const true_width = (/** @type {number} */ pixels) => ["+", ["*", WIDE, pixels], more];
  return ["interpolate", ["exponential", 2], ["zoom"], 10, sign([1.2, 0.6, 0.3, 0.2]), 13, sign([3.2, 2, 1, 0.4]), 15, true_width(0.26), 20, true_width(0.26 * 32)];
}

/** @param {string} level @param {any} width @param {any} opacity @param {any} [dash] */
function border(level, width, opacity, dash) {
  const paint = { "line-color": MAGENTA, "line-width": width, "line-opacity": opacity };
  if (dash) paint["line-dasharray"] = dash;
  return {
    id: `border-${level}`, type: "line", source: "grids", "source-layer": "grids", filter: ["==", ["get", "level"], level],
    layout: { "line-join": "round" }, paint,
  };
}

/** @param {string} level @param {number} from @param {number} to @param {any} size @param {string} [colour] */
function label(level, from, to, size, colour = "#7d0f4e") {
  return {
    id: `label-${level}`, type: "symbol", source: "grids", "source-layer": "grid_labels", minzoom: from, maxzoom: to,
    filter: ["==", ["get", "level"], level],
    layout: { "text-field": NAME, "text-font": BOLD, "text-size": size, "text-max-width": 7, "text-padding": 6 },
    paint: { "text-color": colour, "text-halo-color": "rgba(255,255,255,.92)", "text-halo-width": 1.6 },
  };
}

/** What a case shows at a moment by its clock; a moment still belongs to the colour that ends with it. @param {number} now seconds @param {any} green @param {any} amber @param {any} red @param {any} none where no clock runs */
function lightOf(now, green, amber, red, none) {
  return ["case", ["!", ["has", "due"]], none, ["<", ["get", "due"], now], red, ["<", ["get", "amber"], now], amber, green];
}

/** @param {number} now seconds */
function lightRadius(now) {
  const ring = (/** @type {number} */ dot) => lightOf(now, dot + 3.5, dot + 5, dot + 6.5, dot);
  return ["interpolate", ["linear"], ["zoom"], 13, ring(4), 16, ring(7), 18, ring(10)];
}

/** Colour the cases of a drawn map by a moment. @param {any} drawn @param {number} now seconds */
export function showLights(drawn, now) {
  if (!drawn.getLayer("case-light")) return;
  drawn.setPaintProperty("case-light", "circle-color", lightOf(now, LIGHT_COLOURS.green, LIGHT_COLOURS.amber, LIGHT_COLOURS.red, "#6b7280"));
  drawn.setPaintProperty("case-light", "circle-radius", lightRadius(now));
  drawn.setLayoutProperty("case-late", "text-field", lightOf(now, "", "", "!", ""));
}

/** The MapLibre style. @param {string} origin @param {number} version of the live sets, so that a change is fetched @param {number} digits of a cell's serial @param {number | null} [edition] of the grids; none: that in force */
export function mapStyle(origin, version, digits, edition = null) {
  const set = (/** @type {string} */ name, min = 6, max = 18, mark = "") => ({
    type: "vector", tiles: [`${origin}/tiles/${name}/{z}/{x}/{y}.mvt${mark}`], minzoom: min, maxzoom: max,
  });
  return {
    version: 8,
    sources: {
      ground: set("ground", 8), grids: set("grids", 6, 18, edition === null ? "" : `?edition=${edition}`), components: set("components", 16), cases: set("cases", 6, 18, `?v=${version}`),
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": "#f2f0ea" } },
      { id: "green", type: "fill", source: "ground", "source-layer": "green", paint: { "fill-color": "#d3e5c6" } },
      { id: "water", type: "fill", source: "ground", "source-layer": "water", paint: { "fill-color": "#b4d5e6", "fill-outline-color": "#9cc4d9" } },
      { id: "street-casing", type: "line", source: "ground", "source-layer": "streets", minzoom: 12,
        layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#d8d1c3", "line-width": streetWidth(1.6) } },
      { id: "street", type: "line", source: "ground", "source-layer": "streets", layout: { "line-cap": "round", "line-join": "round", "line-sort-key": ["-", ["get", "class"]] },
        paint: { "line-color": ["match", ["get", "class"], 1, "#ffdd98", 2, "#fff0c4", "#ffffff"], "line-width": streetWidth(0) } },
      { id: "building", type: "fill", source: "ground", "source-layer": "buildings", minzoom: 14,
        paint: { "fill-color": ["interpolate", ["linear"], ["get", "floors"], 0, "#e6e0d6", 6, "#ddd5c8", 18, "#cfc5b6", 33, "#c2b7a6"], "fill-outline-color": "#c6bcab",
          "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0, 14.6, 1] } },
      { id: "cell-chosen", type: "fill", source: "grids", "source-layer": "cells", paint: { "fill-color": MAGENTA, "fill-opacity": ["case", ["boolean", ["feature-state", "chosen"], false], 0.26, 0] } },
      { id: "community-chosen", type: "fill", source: "grids", "source-layer": "grids", filter: ["==", ["get", "level"], "community"],
        paint: { "fill-color": MAGENTA, "fill-opacity": ["case", ["boolean", ["feature-state", "chosen"], false], 0.09, 0] } },
      { id: "cell", type: "line", source: "grids", "source-layer": "cells", minzoom: 14,
        paint: { "line-color": "#c2489a", "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.35, 17, 1.1], "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.25, 16, 0.7] } },
      border("grid", ["interpolate", ["linear"], ["zoom"], 14, 0.8, 17, 2], ["interpolate", ["linear"], ["zoom"], 14, 0.5, 16, 0.8], [3, 2]),
      border("community", ["interpolate", ["linear"], ["zoom"], 11, 0.6, 14, 1.7, 17, 3], 0.8),
      border("town", ["interpolate", ["linear"], ["zoom"], 9, 0.8, 13, 2.4, 17, 4], 0.85),
      border("district", ["interpolate", ["linear"], ["zoom"], 8, 1.4, 13, 3.4, 17, 5.5], 0.9),
      border("city", ["interpolate", ["linear"], ["zoom"], 8, 2, 13, 4.2, 17, 6.5], 0.95),
      { id: "cell-outline", type: "line", source: "grids", "source-layer": "cells",
        paint: { "line-color": MAGENTA, "line-width": 3, "line-opacity": ["case", ["boolean", ["feature-state", "chosen"], false], 1, 0] } },
      { id: "street-name", type: "symbol", source: "ground", "source-layer": "streets", minzoom: 13, filter: ["<=", ["get", "class"], ["step", ["zoom"], 1, 14, 2, 15.5, 4]],
        layout: { "symbol-placement": "line", "text-field": NAME, "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 17, 14], "symbol-spacing": 420, "text-max-angle": 30, "text-padding": 12 },
        paint: { "text-color": "#6a5a3c", "text-halo-color": "rgba(255,252,244,.95)", "text-halo-width": 1.6 } },
      { id: "water-name", type: "symbol", source: "ground", "source-layer": "water", minzoom: 12,
        layout: { "text-field": NAME, "text-font": FONT, "text-size": 13, "text-letter-spacing": 0.2 }, paint: { "text-color": "#3a7393", "text-halo-color": "rgba(230,242,248,.9)", "text-halo-width": 1.2 } },
      { id: "green-name", type: "symbol", source: "ground", "source-layer": "green", minzoom: 14.5, filter: ["!=", ["coalesce", ["get", "name_zh"], ""], ""],
        layout: { "text-field": NAME, "text-font": FONT, "text-size": 12 }, paint: { "text-color": "#4a7537", "text-halo-color": "rgba(240,247,234,.9)", "text-halo-width": 1.2 } },
      { id: "place", type: "symbol", source: "ground", "source-layer": "places", minzoom: 15, filter: ["==", ["get", "kind"], "poi"],
        layout: { "text-field": NAME, "text-font": FONT, "text-size": 11.5, "text-max-width": 8, "text-padding": 8, "symbol-sort-key": ["-", ["get", "weight"]] },
        paint: { "text-color": "#4d5a61", "text-halo-color": "rgba(255,255,255,.9)", "text-halo-width": 1.3 } },
      { id: "door-plate", type: "symbol", source: "ground", "source-layer": "places", minzoom: 18, filter: ["==", ["get", "kind"], "door_plate"],
        layout: { "text-field": ["coalesce", ["get", "number"], NAME], "text-font": FONT, "text-size": 10, "text-padding": 4 }, paint: { "text-color": "#8a7a5c", "text-halo-color": "#fff", "text-halo-width": 1 } },
      { id: "component", type: "circle", source: "components", "source-layer": "components", minzoom: 16,
        paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 16, 1.6, 18, 4.5, 20, 7], "circle-color": ["match", ["get", "major"], ...Object.entries(MAJOR_COLOURS).flat(), "#6b7280"],
          "circle-stroke-color": ["match", ["get", "state"], "intact", "#ffffff", "#d1242f"], "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 16, 0.4, 18, 1.4] } },
      { id: "component-name", type: "symbol", source: "components", "source-layer": "components", minzoom: 18.4,
        layout: { "text-field": NAME, "text-font": FONT, "text-size": 10.5, "text-offset": [0, 1], "text-anchor": "top" }, paint: { "text-color": "#44545c", "text-halo-color": "#fff", "text-halo-width": 1.2 } },
      label("grid", 15.5, 18.5, 11, "#a2337a"),
      { id: "cell-code", type: "symbol", source: "grids", "source-layer": "cell_labels", minzoom: 16,
        layout: { "text-field": ["slice", ["get", "code"], -digits], "text-font": FONT, "text-size": 11 }, paint: { "text-color": "#a2337a", "text-halo-color": "rgba(255,255,255,.85)", "text-halo-width": 1.2 } },
      label("community", 12.5, 17.5, ["interpolate", ["linear"], ["zoom"], 12.5, 11, 16, 15]),
      label("town", 10, 13.5, ["interpolate", ["linear"], ["zoom"], 10, 11, 13, 16]),
      label("district", 8, 12.5, ["interpolate", ["linear"], ["zoom"], 8, 12, 12, 19]),
      // Far out; near, in tiles where more cases crowd than could be told apart.
      { id: "case-count", type: "circle", source: "cases", "source-layer": "case_counts",
        paint: { "circle-color": "#d1242f", "circle-opacity": 0.78, "circle-stroke-color": "#fff", "circle-stroke-width": 1.5, "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "cases"]], 1, 7, 20, 26] } },
      { id: "case-count-number", type: "symbol", source: "cases", "source-layer": "case_counts",
        layout: { "text-field": ["to-string", ["get", "cases"]], "text-font": BOLD, "text-size": 11, "text-allow-overlap": true }, paint: { "text-color": "#fff" } },
      // A ring round each case: thin and green, wider and yellow, widest and red with a sign in it.
      { id: "case-light", type: "circle", source: "cases", "source-layer": "cases", minzoom: 13, filter: ["has", "due"],
        paint: { "circle-color": lightOf(0, LIGHT_COLOURS.green, LIGHT_COLOURS.amber, LIGHT_COLOURS.red, "#6b7280"), "circle-radius": lightRadius(0), "circle-stroke-color": "#fff", "circle-stroke-width": 1 } },
      { id: "case", type: "circle", source: "cases", "source-layer": "cases", minzoom: 13,
        paint: { "circle-color": ["match", ["get", "stage"], ...Object.entries(STAGE_COLOURS).flat(), "#6b7280"], "circle-stroke-color": "#fff",
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 4, 16, 7, 18, 10], "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 13, 1, 16, 2] } },
      { id: "case-late", type: "symbol", source: "cases", "source-layer": "cases", minzoom: 14,
        layout: { "text-field": lightOf(0, "", "", "!", ""), "text-font": BOLD, "text-size": ["interpolate", ["linear"], ["zoom"], 14, 9, 18, 16], "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": "#fff" } },
      { id: "case-name", type: "symbol", source: "cases", "source-layer": "cases", minzoom: 16.5,
        layout: { "text-field": NAME, "text-font": BOLD, "text-size": 12, "text-offset": [0, 1.1], "text-anchor": "top", "text-padding": 4 }, paint: { "text-color": "#7a1f17", "text-halo-color": "#fff", "text-halo-width": 1.6 } },
    ],
  };
}

/** The map's layers as people switch them: the key in the address, the words, and which drawn layers it stands for. */
export const SWITCHES = [
  { key: "cases", words: () => gettext("Open cases"), layers: ["case-count", "case-count-number", "case-light", "case", "case-late", "case-name"] },
  { key: "components", words: () => gettext("Components"), layers: ["component", "component-name"] },
  { key: "cells", words: () => gettext("Unit cells"), layers: ["cell", "cell-code"] },
  { key: "grids", words: () => gettext("Third-level grids"), layers: ["border-grid", "label-grid"] },
  { key: "communities", words: () => gettext("Communities"), layers: ["border-community", "label-community"] },
  { key: "towns", words: () => gettext("Towns"), layers: ["border-town", "label-town"] },
  { key: "districts", words: () => gettext("Districts"), layers: ["border-district", "label-district", "border-city"] },
  { key: "buildings", words: () => gettext("Buildings"), layers: ["building"] },
  { key: "names", words: () => gettext("Names of places and streets"), layers: ["street-name", "water-name", "green-name", "place", "door-plate"] },
];
