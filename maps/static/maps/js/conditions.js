// @ts-check
/** The filing condition of a class: which of its limits counts. The first one does where nobody says otherwise. */
import { element } from "./dom.js";
import { limitWords } from "./hotline/limits.js";

/**
 * A choice among the conditions of a class; nothing where there is none to make.
 * @param {any[]} conditions @param {number | null} chosen its serial @param {(serial: number | null) => void} changed
 */
export function conditionChoice(conditions, chosen, changed) {
  if (!conditions || conditions.length < 2) return null;
  const words = (/** @type {any} */ one, /** @type {number} */ n) => [`${one.name}: ${limitWords(one.limits)}`, n === 0 && gettext("usual")].filter(Boolean).join(" · ");
  const select = element("select", { "data-test": "condition", onchange: (/** @type {any} */ event) => changed(Number(event.target.value) || null) },
    ...conditions.map((one, n) => element("option", { value: String(one.serial), selected: one.serial === (chosen ?? conditions[0].serial) }, words(one, n))));
  return element("label", { class: "condition" }, gettext("Condition"), select);
}
