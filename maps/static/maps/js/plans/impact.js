// @ts-check
/** What the plan would do: before, after and the difference of every grid; people, cases, deadlines. */
import { get } from "../api.js";
import { element } from "../dom.js";
import { nameOf } from "../formats.js";
import { swatch } from "./chooser.js";
import { COLUMNS, changeOf, mood, sorted, valueOf } from "./figures.js";
import { icon } from "./icons.js";
import { refresher } from "./refresh.js";
import { choice } from "./tools/options.js";
import { number, signed } from "./words.js";

/** @param {any} desk @param {any} body @param {() => boolean} isOpen */
export function openImpact(desk, body, isOpen) {
  const order = { by: "change", column: "cells", what: /** @type {"after" | "change"} */ ("change"), way: -1 };
  let level = "grid", told = /** @type {any} */ (null);
  const named = (/** @type {any} */ row) => row.level === "community" ? nameOf({ name_zh: row.community_name_zh, name_en: row.community_name_en, code: row.community_code }) : desk.nameOfGrid(row);

  const asking = refresher(250, async (signal) => {
    body.setAttribute("aria-busy", "true");
    try {
      told = await get(`${desk.door}/impact`, {}, signal);
      draw();
    } catch (error) {
      if (/** @type {Error} */ (error).name === "AbortError") throw error;
      body.replaceChildren(element("p", { class: "empty" }, /** @type {Error} */ (error).message));
    }
    body.setAttribute("aria-busy", "false");
  });

  /** @param {string} words @param {any} value @param {string} [was] @param {string} [tone] */
  const card = (words, value, was, tone = "") => element("div", { class: `figure ${tone}` }, element("b", {}, value), was && element("s", {}, was), element("span", {}, words));

  function totals() {
    const { before, after } = told.totals;
    const [was, is] = [told.load_before_max, told.load_after_max].map((value) => Math.round(value ?? 0));
    const out = [before?.cells_out_of_range ?? 0, after?.cells_out_of_range ?? 0];
    return element("div", { class: "figures-of-plan" },
      card(gettext("cells change hands"), number(told.cells_changing_hands)),
      card(gettext("open cases change owner"), number(told.cases_changing_owner), "", told.cases_changing_owner ? "strong" : ""),
      card(gettext("deadlines touched"), number(told.deadlines_touched), "", told.deadlines_touched ? "bad" : ""),
      card(gettext("heaviest load, min/day"), number(is), is !== was ? number(was) : "", is > was ? "bad" : is < was ? "good" : ""),
      card(gettext("cells out of range"), number(out[1]), out[0] !== out[1] ? number(out[0]) : "", out[1] > out[0] ? "bad" : ""),
      card(gettext("compactness"), number(after?.compactness, 2), before && Math.abs(before.compactness - after.compactness) > 0.005 ? number(before.compactness, 2) : ""));
  }

  /** @param {any} row @param {import("./figures.js").Column} column */
  function cell(row, column) {
    const before = valueOf(column, row.before), after = valueOf(column, row.after), change = changeOf(column, row);
    const words = `${gettext("before")} ${number(before, column.digits)} · ${gettext("after")} ${number(after, column.digits)}`;
    return element("td", { class: `number ${column.short ? "" : "more"}`, title: words }, number(after, column.digits), element("small", { class: mood(column, change) }, signed(change, column.digits) || "·"));
  }

  function table() {
    const rows = sorted(told.grids.filter((/** @type {any} */ row) => row.level === level), order.column, order.what, order.way, named);
    const sortBy = (/** @type {string} */ column) => {
      if (order.column === column) order.way = -order.way;
      else Object.assign(order, { column, way: column === "name" ? 1 : -1 });
      draw();
    };
    const head = (/** @type {string} */ key, /** @type {string} */ words, /** @type {string} */ kind) => element("th", { scope: "col", class: kind, "aria-sort": order.column === key ? (order.way > 0 ? "ascending" : "descending") : "none" },
      element("button", { type: "button", "data-sort": key, onclick: () => sortBy(key) }, words));
    return element("div", { class: "impact-table" }, element("table", {},
      element("thead", {}, element("tr", {}, head("name", level === "grid" ? gettext("Grid") : gettext("Community"), ""), ...COLUMNS.map((c) => head(c.key, c.words(), `number ${c.short ? "" : "more"}`)))),
      element("tbody", {}, ...rows.map((row) => element("tr", { "data-key": row.key, class: row.after ? (row.before ? "" : "born") : "gone" },
        element("th", { scope: "row" }, element("button", { type: "button", class: "row-name", onclick: () => show(row) }, level === "grid" ? swatch(row.key) : "", element("span", {}, named(row)), !row.before && element("em", {}, gettext("new")), !row.after && element("em", {}, gettext("gone")))),
        ...COLUMNS.map((c) => cell(row, c)))))));
  }

  /** Show a row's cells that the plan has touched. @param {any} row */
  function show(row) {
    const keys = [...desk.map.plan.cells.values()].filter(({ properties: p }) => (level === "grid" ? p.grid === row.key || p.grid_before === row.key : p.community === row.key || p.community_before === row.key)).map((f) => f.properties.key);
    desk.map.mark("lit", keys);
    const bounds = desk.map.plan.bounds(keys);
    if (bounds) desk.map.fly(bounds);
  }

  function people() {
    const met = (told.people ?? []).filter((/** @type {any} */ p) => p.gains.length || p.loses.length || p.grids_before !== p.grids_after || !p.within_rule);
    if (!met.length) return "";
    return element("div", { class: "people" }, element("h3", {}, gettext("People")),
      element("ul", {}, ...met.map((/** @type {any} */ person) => element("li", { class: person.within_rule ? "" : "bad" },
        element("strong", {}, nameOf(person)),
        element("span", {}, ...person.gains.map((/** @type {string} */ code) => element("ins", {}, code)), ...person.loses.map((/** @type {string} */ code) => element("del", {}, code))),
        element("span", { class: "hint" }, interpolate(gettext("%(before)s → %(after)s grids"), { before: person.grids_before, after: person.grids_after }, true), person.within_rule ? "" : ` · ${gettext("outside the rule")}`)))));
  }

  function draw() {
    const levels = choice([["grid", gettext("Grids")], ["community", gettext("Communities")]], level, (value) => {
      level = value;
      draw();
    });
    const what = choice([["change", gettext("by change")], ["after", gettext("by value")]], order.what, (value) => {
      order.what = /** @type {any} */ (value);
      draw();
    });
    if (told.grids.length === 0) body.replaceChildren(element("div", { class: "empty" }, icon("impact", 34), element("strong", {}, gettext("Nothing is changed yet")), element("p", {}, gettext("Draw, and every grid that it touches is listed here: before, after, and the difference."))));
    else body.replaceChildren(totals(), element("div", { class: "impact-bar" }, levels, what, element("a", { class: "quiet-link", href: `${desk.door}/impact.csv`, download: "", title: gettext("Download as CSV") }, icon("download", 17), "CSV")), table(), people());
    document.documentElement.dataset.impact = String(told.revision);
  }

  body.append(element("p", { class: "empty" }, gettext("Computing …")));
  const again = () => isOpen() && asking.soon();
  desk.on("edited", again);
  desk.on("loaded", again);
  return {
    shown() {
      if (told?.revision !== desk.revision) asking.now();
    },
  };
}
