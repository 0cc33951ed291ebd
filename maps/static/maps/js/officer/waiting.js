// @ts-check
/** What waits to be sent, and what the server did not accept: told in words, kept until the officer has seen it. */
import { element } from "../dom.js";
import { age } from "../formats.js";
import { kindWords, picture } from "./photos.js";

/** @param {import("./store.js").Item} item @param {any} config */
export const nameOfItem = (item, config) => (item.act === "photo" ? gettext("Photo") : (config.acts[item.act] ?? item.act));

/** Who was quicker, and when, where the server says so. @param {any} problem */
function quicker(problem) {
  const { by, at } = problem.where ?? {};
  return by && at ? interpolate(gettext("By %(by)s, %(when)s."), { by, when: new Date(at).toLocaleString() }, true) : "";
}

/**
 * @param {import("./store.js").Item[]} items @param {any} config
 * @param {{again: (item: import("./store.js").Item) => void, forget: (item: import("./store.js").Item) => void, flush: () => void}} how
 */
export function drawWaiting(items, config, { again, forget, flush }) {
  return [
    element("header", { class: "case-page-head" }, element("a", { class: "back", href: "#", "aria-label": gettext("To my cases") }, "‹"), element("div", {}, element("h1", {}, gettext("Kept on this phone")))),
    items.length === 0 && element("p", { class: "card empty" }, gettext("Everything has been sent.")),
    element("ol", { class: "cases", "data-test": "items" }, ...items.map((item) =>
      element("li", { class: `case item ${item.state}`, "data-state": item.state },
        element("span", { class: "case-head" }, element("strong", {}, nameOfItem(item, config)), element("span", { class: "far" }, age(item.made_at))),
        element("span", { class: "hint" }, item.number ? element("a", { class: "code", href: `#case=${item.number}` }, item.number) : item.fields.words ?? ""),
        item.fields.note && element("span", { class: "case-words" }, item.fields.note),
        item.files.length > 0 && element("div", { class: "photos" }, ...item.files.map((file) => element("figure", { class: "photo" }, picture(file), element("figcaption", {}, kindWords(file.kind))))),
        item.problem
          ? element("div", { class: "problem", role: "alert" }, element("strong", {}, item.problem.sentence), element("p", { class: "hint" }, quicker(item.problem)),
              element("div", { class: "thumb-row" },
                element("button", { type: "button", class: "small", onclick: () => again(item) }, gettext("Try again")),
                element("button", { type: "button", class: "small", "data-test": "forget", onclick: () => forget(item) }, gettext("Seen, let it go"))))
          : element("p", { class: "hint" }, gettext("Waits for the network."))))),
    items.some((item) => item.state === "waiting") && element("nav", { class: "thumb" }, element("button", { type: "button", class: "big", "data-test": "send-now", onclick: flush }, gettext("Send now"))),
  ];
}
