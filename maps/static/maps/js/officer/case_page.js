// @ts-check
/** One case on the phone: what, where, the photos, and what can be done, in reach of one thumb. */
import { element } from "../dom.js";
import { age, distance, nameOf } from "../formats.js";
import { navigation } from "./case_map.js";
import { chips } from "./list.js";
import { KINDS, camera, stored, unsent } from "./photos.js";

// The act that comes next stands first and large; the others below it.
const FIRST = ["take_on", "handle", "verify"];

/**
 * @param {any} c as it stands @param {any} config
 * @param {{map: import("./case_map.js").CaseMap, here: any, photo: (file: import("./store.js").Kept) => void | Promise<void>, act: (name: string) => void}} how
 */
export function drawCase(c, config, { map, here, photo, act }) {
  const placed = c.lon !== null;
  if (placed) queueMicrotask(() => map.show({ lon: c.lon, lat: c.lat }, here));
  return [
    element("header", { class: "case-page-head" },
      element("a", { class: "back", href: "#", "aria-label": gettext("To my cases") }, "‹"),
      element("div", {}, element("h1", {}, nameOf(c.class) || gettext("Unnamed problem")), element("p", { class: "hint" }, element("span", { class: "code" }, c.number), ` · ${age(c.reported_at)}`))),
    chips(c, config),
    c.words && element("p", { class: "words" }, c.words),
    placed && map.box,
    element("div", { class: "where" },
      element("p", {}, c.address || gettext("No address"), Number.isFinite(c.distance_m) && element("span", { class: "far" }, distance(c.distance_m))),
      placed && element("a", { class: "quiet navigate", href: navigation(c), "data-test": "navigate" }, gettext("Navigate"))),
    c.told && element("blockquote", { class: "told" }, element("p", {}, c.told.note), element("p", { class: "hint" }, `${config.acts[c.told.act] ?? c.told.act} · ${c.told.by} · ${age(c.told.at)}`)),
    c.part && element("p", { class: "hint" }, interpolate(gettext("Part %(part)s of %(of)s: %(name)s"), { part: c.part.part, of: c.part.of, name: c.part.name || gettext("without a name") }, true)),
    c.hold_until && element("p", { class: "card" }, interpolate(gettext("On hold until %s"), [new Date(c.hold_until).toLocaleDateString()])),
    element("h2", {}, gettext("Photos")),
    element("div", { class: "photos" },
      ...c.photos.map(stored),
      ...c.waits.flatMap((/** @type {any} */ item) => item.files.map(unsent)),
      ...(c.acts.length ? KINDS.map((kind) => camera(kind, config, photo)) : [])),
    ...c.waits.map(waiting),
    actions(c, config, act),
  ];

  /** @param {import("./store.js").Item} item */
  function waiting(item) {
    const name = config.acts[item.act] ?? gettext("Photo");
    return item.state === "refused"
      ? element("p", { class: "card refused", role: "alert" }, element("strong", {}, `${name}: ${item.problem?.sentence ?? ""}`), element("a", { href: "#waiting" }, gettext("Look at it")))
      : element("p", { class: "card waits" }, interpolate(gettext("Kept here, not sent yet: %s"), [name]));
  }
}

/** @param {any} c @param {any} config @param {(name: string) => void} act */
function actions(c, config, act) {
  const acts = c.acts.filter((/** @type {string} */ name) => name !== "photo");
  if (!acts.length) return element("nav", { class: "thumb none" }, element("p", { class: "hint" }, c.stage === "held" ? gettext("On hold: nothing can be done now.") : gettext("Nothing is left for you to do here.")));
  const first = acts.filter((/** @type {string} */ name) => FIRST.includes(name)), rest = acts.filter((/** @type {string} */ name) => !FIRST.includes(name));
  // Four stand side by side: a long name has a short one there.
  const short = /** @type {Record<string, string>} */ ({ escalate: gettext("Report upward"), to_own_unit: gettext("To my unit") });
  const button = (/** @type {string} */ name, /** @type {string} */ look) => element("button", { type: "button", class: look, "data-act": name, onclick: () => act(name) }, short[name] ?? config.acts[name] ?? name);
  return element("nav", { class: "thumb" },
    element("div", { class: "thumb-row" }, ...first.map((/** @type {string} */ name, /** @type {number} */ n) => button(name, n === first.length - 1 ? "big" : "big second"))),
    rest.length > 0 && element("div", { class: "thumb-row" }, ...rest.map((/** @type {string} */ name) => button(name, "small"))));
}
