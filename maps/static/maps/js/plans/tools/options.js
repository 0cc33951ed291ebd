// @ts-check
/** The small controls of a tool's options. */
import { element } from "../../dom.js";

/** @param {string} words @param {boolean} on @param {(on: boolean) => void} changed */
export function check(words, on, changed) {
  return element("label", { class: "inline" },
    element("input", { type: "checkbox", checked: on, onchange: (/** @type {any} */ event) => changed(event.target.checked) }), words);
}

/** One of a few, side by side. @param {string[][]} values value and words @param {string} chosen @param {(value: string) => void} changed */
export function choice(values, chosen, changed) {
  const buttons = values.map(([value, words]) =>
    element("button", { type: "button", "aria-pressed": String(value === chosen), "data-value": value, onclick: () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
      changed(value);
    } }, words));
  return element("span", { class: "segments", role: "group" }, ...buttons);
}

/** @param {string} words @param {() => void} pressed @param {any} [more] */
export const button = (words, pressed, more = {}) => element("button", { type: "button", class: "quiet", ...more, onclick: pressed }, words);

const CLASSES = () => [["1", gettext("arterial")], ["2", gettext("main")], ["3", gettext("branch")], ["4", gettext("compound road")]];

/** Street classes to tick. @param {Set<number>} chosen changed in place */
export function streetClasses(chosen) {
  return element("span", { class: "ticks" }, ...CLASSES().map(([value, words]) =>
    check(words, chosen.has(Number(value)), (on) => (on ? chosen.add(Number(value)) : chosen.delete(Number(value))))));
}

/** A choice of communities; the one in view first. @param {any} desk @param {number | null} chosen */
export function communityField(desk, chosen) {
  return element("select", { "aria-label": gettext("Community") }, ...desk.communities.map((/** @type {any} */ c) =>
    element("option", { value: c.id, selected: c.id === chosen }, `${desk.communityNamed(c.id)} · ${c.code}`)));
}
