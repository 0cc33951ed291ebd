// @ts-check
/** The cases of a queue on the map, each a dot of its clock's colour: touched one by one, or drawn round by box or lasso. */
import { COLUMNS } from "../board/cards.js";
import { boxOf, dragArea, lassoOf, lies } from "../dragging.js";
import { element } from "../dom.js";
import { nameOf } from "../formats.js";

const COLOURS = /** @type {Record<string, string>} */ ({ red: "#b3261e", amber: "#b97700", green: "#0b7a63", none: "#5b6b75" });

export class QueueMap {
  /** @param {import("../officer/case_map.js").CaseMap} map @param {{toggle: (number: string) => void, add: (numbers: string[]) => void}} react */
  constructor(map, react) {
    this.map = map;
    this.react = react;
    this.dots = /** @type {Map<string, any>} */ (new Map());
    this.layer = /** @type {any} */ (null);
    this.stop = /** @type {(() => void) | null} */ (null);
    this.tool = "move";
    this.queue = "";
    this.tools = element("div", { class: "map-tools", role: "group", "aria-label": gettext("Choose on the map") },
      ...[["move", gettext("Move")], ["box", gettext("Box")], ["lasso", gettext("Lasso")]].map(([name, words]) =>
        element("button", { type: "button", "data-tool": name, "aria-pressed": String(name === "move"), onclick: () => this.take(name) }, words)));
  }

  /** Show the cases of a queue, once the box stands in the page. @param {string} queue @param {any[]} cases @param {Set<string>} chosen */
  async show(queue, cases, chosen) {
    const placed = cases.filter((found) => found.lon !== null);
    if (!this.map.config.bounds) return;
    const city = await this.map.opened(null);
    if (!this.map.box.isConnected) return;
    city.unpin();
    this.map.place = null;
    this.layer ??= L.layerGroup();
    this.layer.addTo(city.leaflet);
    const here = new Set(placed.map((found) => found.number));
    for (const [number, dot] of this.dots) {
      if (here.has(number)) continue;
      dot.remove();
      this.layer.removeLayer(dot);
      this.dots.delete(number);
    }
    for (const found of placed) {
      let dot = this.dots.get(found.number);
      if (!dot) {
        dot = L.circleMarker([found.lat, found.lon], { bubblingMouseEvents: false });
        dot.on("click", () => this.react.toggle(found.number));
        const shape = COLUMNS.find((column) => column.key === found.column)?.words() ?? "";
        dot.bindTooltip(() => element("span", {}, `${nameOf(found.class) || found.number} · ${shape} · ${(found.words || found.address).slice(0, 60)}`), { direction: "top" });
        this.dots.set(found.number, dot);
        this.layer.addLayer(dot);
      }
      dot.setStyle(style(found.column, chosen.has(found.number)));
      dot.setRadius(chosen.has(found.number) ? 10 : 7);
    }
    if (queue !== this.queue && placed.length) city.leaflet.fitBounds(L.latLngBounds(placed.map((found) => [found.lat, found.lon])), { padding: [40, 40], maxZoom: 17, animate: false });
    if (placed.length) this.queue = queue;
    if (this.tool !== "move" && !this.stop) this.take(this.tool);
    document.documentElement.dataset.dots = String(this.dots.size);
  }

  /** @param {string} name move, box or lasso */
  take(name) {
    this.stop?.();
    this.stop = null;
    this.tool = name;
    for (const button of this.tools.children) button.setAttribute("aria-pressed", String(button.getAttribute("data-tool") === name));
    if (name === "move" || !this.map.city) return;
    this.stop = dragArea(this.map.city.leaflet, name === "box" ? boxOf : lassoOf, {
      done: (corners) => this.react.add([...this.dots].filter(([, dot]) => lies(dot.getLatLng(), corners)).map(([number]) => number)),
    });
  }

  /** The map is another view's now. */
  leave() {
    this.stop?.();
    this.stop = null;
    this.layer?.remove();
    this.queue = "";
  }
}

/** @param {string} column @param {boolean} chosen */
const style = (column, chosen) => ({ fillColor: COLOURS[column] ?? COLOURS.none, fillOpacity: chosen ? 1 : 0.85, color: chosen ? "#b5126f" : "#fff", weight: chosen ? 4 : 2 });
