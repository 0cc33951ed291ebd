// @ts-check
/** The tools at the side, what the one in hand asks, and the keys that take them up. */
import { byId, element, toast } from "../dom.js";
import { icon } from "./icons.js";
import { CELLS_FROM_ZOOM } from "./plan_map.js";
import { border, corner, straighten } from "./tools/borders.js";
import { merge, split, splitByStreets } from "./tools/cutting.js";
import { newGrid, paste, propose, redivide } from "./tools/forms.js";
import { lock, look } from "./tools/looking.js";
import { along, box, brush, flood, lasso, pick } from "./tools/painting.js";

const TOOLS = [look, brush, box, lasso, along, flood, pick, lock, newGrid, split, splitByStreets, merge, border, corner, straighten, paste, redivide, propose];
const GROUPS = [["look", () => ""], ["paint", () => gettext("Paint")], ["grids", () => gettext("Grids")], ["shape", () => gettext("Shape the cells")], ["more", () => gettext("More")]];

/** @param {any} desk */
export function openTools(desk) {
  const { leaflet } = desk.map;
  let now = /** @type {any} */ (null), before = "look", exit = () => {};
  /** @type {Map<string, HTMLElement>} */
  const buttons = new Map(TOOLS.map((tool) => [tool.id, element("button", {
    type: "button", class: "tool", "data-tool": tool.id, "aria-pressed": "false", title: `${tool.label()} (${tool.key.toUpperCase()}) – ${tool.hint()}`, "aria-keyshortcuts": tool.key, onclick: () => use(tool.id),
  }, icon(tool.icon, 22), element("span", {}, tool.label()), element("kbd", { "aria-hidden": "true" }, tool.key.toUpperCase()))]));

  /** @param {string} id */
  function use(id) {
    const tool = TOOLS.find((t) => t.id === id);
    if (!tool || (!desk.mayDraw && !(/** @type {any} */ (tool).always))) return;
    exit();
    desk.map.mark("brushed", []);
    if (now && now.id !== tool.id) before = now.id;
    now = tool;
    for (const [name, made] of buttons) made.setAttribute("aria-pressed", String(name === id));
    buttons.get(id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    document.documentElement.dataset.tool = id;
    exit = tool.enter(desk) ?? (() => {});
  }

  desk.use = use;
  desk.back = () => use(["pick", "look"].includes(before) ? "brush" : before);
  desk.options = (/** @type {any[]} */ ...parts) => {
    const kept = parts.filter(Boolean);
    const quiet = now.id === "look";
    byId("options").replaceChildren(
      element("div", { class: "tool-now" }, icon(now.icon, 20), element("strong", {}, now.label()), element("span", { class: "hint" }, now.hint())),
      element("div", { class: "tool-asks" }, ...kept),
      quiet ? "" : element("button", { type: "button", class: "leave", title: "Esc", "aria-label": gettext("Leave the tool"), onclick: () => use("look") }, icon("close", 16)));
  };
  desk.addOptions = (/** @type {any[]} */ ...parts) => byId("options").querySelector(".tool-asks").append(...parts);
  desk.clicks = (/** @type {(at: any, event: any) => any} */ react) => {
    const told = (/** @type {any} */ event) => react(event.latlng, event);
    leaflet.on("click", told);
    leaflet.doubleClickZoom.disable();
    leaflet.getContainer().classList.add("pointing");
    return () => {
      leaflet.off("click", told);
      leaflet.doubleClickZoom.enable();
      leaflet.getContainer().classList.remove("pointing");
    };
  };
  desk.tooFar = () => {
    const far = leaflet.getZoom() < CELLS_FROM_ZOOM;
    if (far) toast(gettext("Zoom in until single cells are to be seen."));
    return far;
  };

  const bar = byId("tools");
  function draw() {
    const groups = GROUPS.map(([group, words]) => {
      const own = TOOLS.filter((tool) => tool.group === group && (desk.mayDraw || /** @type {any} */ (tool).always));
      return own.length ? element("div", { class: `tool-group ${group}`, role: "group" }, element("h2", {}, /** @type {any} */ (words)()), ...own.map((tool) => /** @type {any} */ (buttons.get(tool.id)))) : "";
    });
    bar.replaceChildren(...groups, desk.mayDraw ? "" : element("p", { class: "why-not", "data-test": "why-not" }, whyNot(desk)));
    document.documentElement.dataset.draws = desk.mayDraw ? "yes" : "no";
  }

  document.addEventListener("keydown", (event) => {
    const typing = /** @type {Element} */ (event.target).closest("input, textarea, select, dialog");
    if (event.key === "Escape") {
      if (typing && "blur" in typing) /** @type {any} */ (typing).blur();
      else if (now?.id !== "look") use("look");
      else desk.choose([]);
      return;
    }
    if (typing) return;
    const letter = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (letter === "z" || letter === "y")) {
      event.preventDefault();
      if (letter === "y" || event.shiftKey) desk.redo();
      else desk.undo();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
      const tool = TOOLS.find((t) => t.key === letter);
      if (tool) use(tool.id);
    }
  });
  let drew = desk.mayDraw;
  desk.on("info", () => {
    if (drew === desk.mayDraw) return;
    drew = desk.mayDraw;
    draw();
    use("look");
  });
  draw();
  use("look");
}

/** Why there are no drawing tools. @param {any} desk */
function whyNot({ info, config }) {
  if (!config.draws) return gettext("You may look at everything here. Planners draw.");
  switch (info.state) {
    case "sent":
      return gettext("The plan is sent for approval: nobody draws in it while it is looked at. Take it back to go on.");
    case "approved":
      return gettext("The plan is approved. Take it back to go on drawing; it must then be approved again.");
    case "published":
      return gettext("The plan is published: it is an edition now. Start another plan to change more.");
    case "withdrawn":
      return gettext("The plan was withdrawn. Start another one from a copy of it.");
    default:
      return gettext("You may not draw in this plan.");
  }
}
