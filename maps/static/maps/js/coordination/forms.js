// @ts-check
/** The forms of a coordination: each opens at its button, sends one act, and closes when that is done. */
import { element } from "../dom.js";
import { local, moment, unitLabel } from "./words.js";

/** The units that can be gathered, by how they stand in the list. @type {Map<string, string>} */
const units = new Map();

/** @param {any[]} listed @param {HTMLElement} list the page's list of them */
export function knowUnits(listed, list) {
  for (const unit of listed) units.set(unitLabel(unit), unit.code);
  list.replaceChildren(...[...units.keys()].map((label) => element("option", { value: label })));
}

/** What was typed: a unit of the list, else a department by its name. @param {string} text */
const whoOf = (text) => (units.has(text) ? { unit: units.get(text) } : { department: text });

/**
 * A button, and the form that it opens; the act is sent with what `read` makes of the fields.
 * @param {string} act @param {string} label @param {{name?: string, fields: () => any[], read: (told: FormData, form: HTMLFormElement) => Record<string, any>, send: (act: string, given: any) => Promise<boolean>, quiet?: boolean, plain?: boolean}} how
 */
export function opener(act, label, { name = label, fields, read, send, quiet = false, plain = false }) {
  const place = element("div", { class: "form-place" });
  const button = /** @type {HTMLButtonElement} */ (element("button", { type: "button", class: quiet ? "quiet" : "second", "data-act": act, onclick: open }, label));
  function close() {
    place.replaceChildren();
    button.removeAttribute("aria-expanded");
    button.focus();
  }
  async function open() {
    if (plain) {
      button.disabled = true;
      if (!(await send(act, read(new FormData(), /** @type {any} */ (null))))) button.disabled = false;
      return;
    }
    if (button.hasAttribute("aria-expanded")) return close();
    button.setAttribute("aria-expanded", "true");
    const go = /** @type {HTMLButtonElement} */ (element("button", { type: "submit", class: "primary", "data-test": `do-${act}` }, name));
    const form = /** @type {HTMLFormElement} */ (element("form", { class: "act-form", "data-form": act, onsubmit: give, onreset: close }, ...fields(), element("div", { class: "act-ends" }, go, element("button", { type: "reset", class: "quiet" }, gettext("Cancel")))));
    /** @param {Event} event */
    async function give(event) {
      event.preventDefault();
      go.disabled = true;
      if (!(await send(act, read(new FormData(form), form)))) go.disabled = false;
    }
    place.replaceChildren(form);
    /** @type {HTMLElement | null} */ (form.querySelector("input, textarea, select"))?.focus();
  }
  return { button, place };
}

/** Several openers side by side, their forms below. @param {({button: HTMLElement, place: HTMLElement} | false | null | undefined)[]} openers */
export function openersOf(openers) {
  const there = openers.filter(Boolean).map((one) => /** @type {any} */ (one));
  return there.length ? element("div", { class: "openers" }, element("div", { class: "act-buttons" }, ...there.map((one) => one.button)), ...there.map((one) => one.place)) : null;
}

// ---- fields ----------------------------------------------------------------------------------------------------------

/** @param {string} label @param {string} name @param {Record<string, any>} [more] */
export const words = (label, name, more = {}) => element("label", {}, label, element("textarea", { name, rows: 3, maxlength: 4000, required: true, ...more }));

/** @param {string} label @param {string} name @param {Record<string, any>} [more] */
export const line = (label, name, more = {}) => element("label", {}, label, element("input", { name, maxlength: 120, required: true, autocomplete: "off", ...more }));

/** @param {string} label @param {string} name @param {Record<string, any>} [more] */
export const time = (label, name, more = {}) => element("label", {}, label, element("input", { type: "datetime-local", name, ...more }));

/** A unit of the list or any department. @param {string} label */
export const whoField = (label) => line(label, "who", { list: "units", placeholder: gettext("Unit of the list, or a department") });

/** @param {FormData} told */
export const whoRead = (told) => whoOf(String(told.get("who") ?? "").trim());

/** A list that grows: each that is typed and added is called. */
export function calledField() {
  const list = element("ul", { class: "called" });
  const field = /** @type {HTMLInputElement} */ (element("input", { list: "units", maxlength: 120, autocomplete: "off", "data-test": "called", placeholder: gettext("Unit, department or name"), onkeydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  } }));
  function add() {
    const text = field.value.trim();
    if (text && ![...list.children].some((one) => /** @type {HTMLElement} */ (one).dataset.who === text)) {
      const row = element("li", { "data-who": text }, element("span", {}, text), element("button", { type: "button", class: "quiet", "aria-label": interpolate(gettext("Leave out %s"), [text]), onclick: () => row.remove() }, "×"));
      list.append(row);
    }
    field.value = "";
    field.focus();
  }
  return element("fieldset", { class: "choices" }, element("legend", {}, gettext("Called")), list, element("div", { class: "adding" }, field, element("button", { type: "button", class: "quiet", "data-test": "add-called", onclick: add }, gettext("Add"))));
}

/** Also what is typed and not added yet. @param {HTMLFormElement} form */
export function calledRead(form) {
  const typed = /** @type {HTMLInputElement} */ (form.querySelector("[data-test=called]")).value.trim();
  const listed = [...form.querySelectorAll(".called li")].map((one) => /** @type {HTMLElement} */ (one).dataset.who ?? "");
  return [...listed, ...(typed && !listed.includes(typed) ? [typed] : [])].map(whoOf);
}

/** The end of a commitment: a limit in the city's time, or a moment. @param {any} config */
export function endField(config) {
  const value = element("input", { type: "number", name: "limit_value", min: "0.5", step: "0.5", value: "5", inputmode: "decimal", "aria-label": gettext("Limit") });
  const unit = element("select", { name: "limit_unit", "aria-label": gettext("Unit of the limit") }, ...["WD", "WH", "UD", "UH"].map((key) => element("option", { value: key }, config.units[key])));
  return element("fieldset", { class: "choices" }, element("legend", {}, gettext("To be done within, or by a date")), element("div", { class: "adding" }, value, unit), time(gettext("By (goes before the limit)"), "until", { min: local(new Date()) }));
}

/** @param {FormData} told */
export function endRead(told) {
  const until = moment(told.get("until"));
  return until ? { until } : { limit_value: Number(told.get("limit_value")), limit_unit: told.get("limit_unit") };
}
