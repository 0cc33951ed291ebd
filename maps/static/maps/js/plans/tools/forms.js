// @ts-check
/** Tools that ask in a form: new grid, paste an outline, divide a community anew, propose for me. */
import { Problem } from "../../api.js";
import { element, toast } from "../../dom.js";
import { number } from "../words.js";
import { choosing } from "./cutting.js";
import { button, check, communityField, streetClasses } from "./options.js";

const field = (/** @type {string} */ words, /** @type {any} */ input) => element("label", { class: "field" }, element("span", {}, words), input);
const chosenWords = (/** @type {any} */ desk) => interpolate(ngettext("with the %s chosen cell", "with the %s chosen cells", desk.chosen.size), [desk.chosen.size]);

/** A form in place of a tool's options, drawn anew when other cells are chosen. @param {any} desk @param {() => any[]} parts */
function form(desk, parts) {
  const draw = () => desk.options(element("div", { class: "desk-form" }, ...parts()));
  draw();
  desk.addEventListener("chosen", draw);
  const stop = choosing(desk);
  return () => {
    stop();
    desk.removeEventListener("chosen", draw);
  };
}

export const newGrid = {
  id: "new-grid", group: "grids", key: "n", icon: "new-grid",
  label: () => gettext("New grid"), hint: () => gettext("Make a third-level grid; choose cells first to give them to it, or paint it afterwards."),
  /** @param {any} desk */
  enter(desk) {
    const where = communityField(desk, desk.communityInView());
    const zh = element("input", { maxlength: 120 }), en = element("input", { maxlength: 120 });
    let across = false;
    return form(desk, () => [
      field(gettext("Community"), where), field(gettext("Name (Chinese)"), zh), field(gettext("Name (English)"), en),
      desk.chosen.size > 0 && element("p", { class: "told" }, chosenWords(desk)),
      desk.chosen.size > 0 && check(gettext("across communities"), across, (on) => (across = on)),
      button(gettext("Make the grid"), async () => {
        const cells = [...desk.chosen.keys()], community = Number(where.value);
        const applied = await desk.edit("new_grid", { community, name_zh: zh.value.trim(), name_en: en.value.trim(), ...(cells.length && { cells }), ...(across && { across: true }) });
        if (!applied) return;
        const made = applied.grids.filter((/** @type {number} */ key) => key < 0);
        desk.choose([]);
        if (made.length) await desk.activate(Math.min(...made), community);
        desk.use("brush");
      }, { class: "primary" }),
    ]);
  },
};

export const redivide = {
  id: "redivide", group: "more", key: "d", icon: "redivide",
  label: () => gettext("Divide anew"), hint: () => gettext("The cells of a community, or the chosen ones, are divided anew. Locked grids stay as they are."),
  /** @param {any} desk */
  enter(desk) {
    const where = communityField(desk, desk.communityInView());
    const target = element("input", { type: "number", min: 1000, max: 1000000, step: 500, value: 10000 });
    const classes = new Set([1, 2, 3, 4]);
    return form(desk, () => [
      desk.chosen.size ? element("p", { class: "told" }, chosenWords(desk)) : field(gettext("Community"), where),
      field(gettext("Area of a cell, m²"), target), field(gettext("Along streets"), streetClasses(classes)),
      button(gettext("Divide anew"), () => desk.edit("redivide", {
        ...(desk.chosen.size ? { cells: [...desk.chosen.keys()] } : { community: Number(where.value) }), target_m2: Number(target.value), classes: [...classes] }), { class: "primary" }),
    ]);
  },
};

export const propose = {
  id: "propose", group: "more", key: "p", icon: "propose",
  label: () => gettext("Propose"), hint: () => gettext("A community's cells are shared out to grids of equal load, each in one piece. Locked grids stay; correct the rest by painting."),
  /** @param {any} desk */
  enter(desk) {
    const community = desk.communityInView();
    const where = communityField(desk, community);
    const known = desk.communities.find((/** @type {any} */ c) => c.id === community);
    const grids = element("input", { type: "number", min: 1, max: 99, value: Math.max(1, known?.grids ?? 5) });
    where.addEventListener("change", () => (grids.value = desk.communities.find((/** @type {any} */ c) => c.id === Number(where.value))?.grids ?? 5));
    const told = element("p", { class: "told", hidden: true });
    const act = button(gettext("Propose"), async () => {
      act.disabled = true;
      told.hidden = false;
      told.textContent = gettext("Looking for the best way …");
      const answer = await desk.propose({ community: Number(where.value), grids: Number(grids.value) });
      act.disabled = false;
      told.textContent = answer ? interpolate(answer.optimal ? gettext("Objective %(before)s → %(after)s, the best there is.") : gettext("Objective %(before)s → %(after)s, the best found."),
        { before: number(answer.before, 2), after: number(answer.after, 2) }, true) : gettext("Nothing was changed.");
    }, { class: "primary", "data-test": "propose" });
    desk.options(element("div", { class: "desk-form" }, field(gettext("Community"), where), field(gettext("Number of grids"), grids), told, act));
    return () => {};
  },
};

export const paste = {
  id: "paste", group: "more", key: "o", icon: "paste",
  label: () => gettext("Paste outline"), hint: () => gettext("An outline from a file or as GeoJSON becomes the border; neighbours give land or take it."),
  /** @param {any} desk */
  enter(desk) {
    let ghost = /** @type {any} */ (null), outline = /** @type {any} */ (null), across = false, listed = /** @type {any[]} */ ([]);
    const show = (/** @type {any} */ found) => {
      ghost?.remove();
      outline = found.geometry ?? found;
      ghost = L.geoJSON(outline, { style: { className: "gesture ghost-fill", weight: 3 }, interactive: false, pmIgnore: true }).addTo(desk.map.leaflet);
      desk.map.fly(ghost.getBounds());
      draw();
    };
    const file = element("input", { type: "file", accept: ".geojson,.json,.gpkg,.zip" });
    const crs = element("select", { "aria-label": gettext("Coordinate system") }, element("option", { value: "" }, gettext("as the file says")), ...desk.config.crs_names.map((/** @type {string} */ name) => element("option", {}, name)));
    const text = element("textarea", { rows: 3, placeholder: '{"type": "Polygon", "coordinates": …}', spellcheck: "false" });
    file.addEventListener("change", async () => {
      if (!file.files?.length) return;
      try {
        listed = await desk.upload(file.files[0], crs.value);
        if (listed.length) show(listed[0]);
        else toast(gettext("There is no area in this file."), "bad");
      } catch (error) {
        toast(error instanceof Problem ? `${error.message} ${error.body.hint ?? ""}` : gettext("No connection to the server."), "bad");
      }
    });
    text.addEventListener("input", () => {
      try {
        const given = JSON.parse(text.value);
        listed = [];
        show((given.features?.[0] ?? given));
      } catch {
        // Not whole yet.
      }
    });
    const send = async () => {
      const into = desk.chosen.size === 1 ? [...desk.chosen.keys()][0] : null;
      const applied = await desk.edit("paste", { outline, ...(into && { into }), ...(across && { across: true }) });
      if (applied) {
        ghost?.remove();
        outline = ghost = null;
        draw();
      }
    };
    const box = element("div", { class: "desk-form" });
    const draw = () => {
      box.replaceChildren(...[
        field(gettext("File (GeoJSON, GeoPackage, zipped Shapefile)"), file), field(gettext("Coordinate system"), crs), field(gettext("or GeoJSON pasted here"), text),
        listed.length > 1 && field(gettext("Area"), element("select", { onchange: (/** @type {any} */ e) => show(listed[Number(e.target.value)]) },
          ...listed.map((o, n) => element("option", { value: n, selected: o.geometry === outline }, o.name || `${n + 1}`)))),
        element("p", { class: "told" }, desk.chosen.size === 1 ? gettext("becomes the border of the chosen cell") : gettext("becomes a new cell; choose one cell first to give it this border")),
        check(gettext("across communities"), across, (on) => (across = on)),
        button(gettext("Make it the border"), send, { class: "primary", disabled: !outline }),
      ].filter(Boolean));
    };
    draw();
    desk.options(box);
    desk.addEventListener("chosen", draw);
    const stop = choosing(desk);
    return () => {
      stop();
      ghost?.remove();
      desk.removeEventListener("chosen", draw);
    };
  },
};

