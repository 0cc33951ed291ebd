// @ts-check
/** Elements without innerHTML: what people typed can never become markup. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `class`, `on…` handlers, and plain attributes; false and null are left out
 * @param {...any} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {string} words @param {"good" | "bad" | "plain"} [mood] @param {Node} [more] */
export function toast(words, mood = "plain", more) {
  const shown = element("div", { class: `toast ${mood}` }, element("span", {}, words), more);
  byId("toasts").append(shown);
  setTimeout(() => shown.remove(), mood === "bad" ? 9000 : 7000);
}
