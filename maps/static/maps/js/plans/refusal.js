// @ts-check
/** What was refused: the sentence, the place on the map, the cells, and the nearest edit that is allowed as a ghost. */
import { Problem } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { icon } from "./icons.js";
import { nearestEdit } from "./nearest.js";
import { button } from "./tools/options.js";
import { kindWords } from "./words.js";

/** @param {any} desk */
export function openRefusals(desk) {
  const card = byId("refusal");
  let shown = /** @type {any} */ (null);

  function clear() {
    shown?.remove();
    shown = null;
    card.hidden = true;
    desk.map.mark("refused", []);
  }

  /** @param {any} problem @param {any} meant */
  function refuse(problem, meant) {
    clear();
    if (!(problem instanceof Problem)) return toast(gettext("No connection to the server. Nothing was changed; try again."), "bad");
    const { error, where = {}, hint, detail } = problem.body;
    if (error === "stale_edit") return stale(where);
    if (error === "plan_closed" || error === "not_yours") desk.load();
    shown = L.layerGroup().addTo(desk.map.leaflet);
    if (where.place) L.marker([where.place[1], where.place[0]], { interactive: false, keyboard: false, pmIgnore: true, icon: L.divIcon({ className: "pulse", iconSize: [26, 26] }) }).addTo(shown);
    desk.map.mark("refused", where.cells ?? []);
    const instead = meant && nearestEdit(meant, where);
    if (where.nearest) L.geoJSON(where.nearest, { interactive: false, pmIgnore: true, style: { className: "ghost", weight: 5, fill: false }, pointToLayer: (/** @type {any} */ _f, /** @type {any} */ at) => L.circleMarker(at, { className: "ghost", radius: 9, interactive: false }) }).addTo(shown);
    card.replaceChildren(
      element("div", { class: "refusal-head" }, icon("warning", 20), element("strong", { "data-test": "refused" }, problem.message),
        element("button", { type: "button", class: "leave", "aria-label": gettext("Close"), title: "Esc", onclick: clear }, icon("close", 16))),
      words(problem.message, detail, hint, where.nearest),
      element("div", { class: "refusal-acts" },
        instead && button(where.nearest ? gettext("Do the nearest allowed instead") : interpolate(ngettext("Only the %s cell that is allowed", "Only the %s cells that are allowed", where.nearest_cells.length), [where.nearest_cells.length]), () => {
          clear();
          desk.edit(instead.kind, instead.intent);
        }, { class: "quiet strong", "data-test": "nearest" }),
        where.reason === "crosses_community" && meant && button(gettext("Do it across communities"), () => {
          clear();
          desk.edit(meant.kind, { ...meant.intent, across: true });
        }, { "data-test": "across" }),
        where.place && button(gettext("Show the place"), () => desk.map.flyTo(where.place))));
    card.hidden = false;
    if (where.place && !desk.map.leaflet.getBounds().contains([where.place[1], where.place[0]])) desk.map.flyTo(where.place);
  }

  /** @param {string} sentence @param {string} detail @param {string} hint @param {any} ghost */
  function words(sentence, detail, hint, ghost) {
    const more = [detail !== sentence && document.documentElement.lang === "en" && detail, hint, ghost && gettext("The dashed green line shows the nearest edit that is allowed.")].filter(Boolean);
    return more.length ? element("p", { class: "hint" }, more.join(" ")) : "";
  }

  /** @param {any} where */
  async function stale(where) {
    await desk.load();
    const steps = where.steps ?? [];
    const who = [...new Set(steps.map((/** @type {any} */ step) => step.by).filter(Boolean))].join(gettext(", ")) || gettext("Somebody");
    const what = [...new Set(steps.map((/** @type {any} */ step) => kindWords(step.kind)).filter(Boolean))].join(gettext(", "));
    desk.map.mark("lit", where.keys ?? []);
    const bounds = desk.map.plan.bounds(where.keys ?? []);
    card.replaceChildren(
      element("div", { class: "refusal-head" }, icon("warning", 20), element("strong", { "data-test": "stale" }, interpolate(ngettext("%(who)s has changed %(n)s cell since (%(what)s).", "%(who)s has changed %(n)s cells since (%(what)s).", where.keys?.length ?? 0), { who, n: where.keys?.length ?? 0, what }, true)),
        element("button", { type: "button", class: "leave", "aria-label": gettext("Close"), onclick: () => { clear(); desk.map.mark("lit", []); } }, icon("close", 16))),
      element("p", { class: "hint" }, gettext("Your edit was not made, so that nothing of theirs is lost. The map shows the plan as it is now; their cells are marked. Look, and edit again.")),
      element("div", { class: "refusal-acts" }, bounds && button(gettext("Show these cells"), () => desk.map.fly(bounds))));
    card.hidden = false;
  }

  desk.onRefused = refuse;
  desk.on("edited", clear);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
}
