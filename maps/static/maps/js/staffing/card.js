// @ts-check
/** The card of a grid: what is missing there, every post at it and above it, who holds each, what it is for. */
import { element } from "../dom.js";
import { nameOf } from "../formats.js";
import { CLASSES } from "./words.js";

/** @param {HTMLElement} box @param {any} found answer of /api/staffing/grids/ID @param {any} config @param {() => void} close */
export function drawCard(box, found, config, close) {
  const [own, ...above] = found.levels;
  box.replaceChildren(...[
    element("header", {},
      element("div", {}, element("h2", {}, nameOf(own)), element("p", { class: "hint" }, `${config.levels[own.level] ?? own.level} · `, element("span", { class: "code" }, own.code))),
      element("button", { type: "button", class: "close", "aria-label": gettext("Back to the list"), "data-test": "close-card", onclick: close }, "×")),
    element("p", { class: "chips", "data-test": "card-gaps" }, ...(found.gaps.length ? found.gaps : ["well"]).map((/** @type {string} */ gap) => chip(gap))),
    found.ends_on && element("p", { class: "hint" }, interpolate(gettext("A post here ends on %s, and nobody follows."), [found.ends_on])),
    ...level(own, config, true),
    ...above.flatMap((/** @type {any} */ one) => [element("h3", { class: "above" }, `${config.levels[one.level] ?? one.level} · ${nameOf(one)}`), ...level(one, config, false)]),
  ].filter(Boolean));
  box.scrollTop = 0;
}

/** @param {string} gap */
export function chip(gap) {
  const swatch = element("i", { "aria-hidden": "true", class: `swatch ${gap}` });
  return element("span", { class: "chip", "data-gap": gap }, swatch, CLASSES[gap].short());
}

/** @param {any} one @param {any} config @param {boolean} open */
function level(one, config, open) {
  if (!one.posts.length) return [element("p", { class: "hint" }, gettext("No post here."))];
  return one.posts.map((/** @type {any} */ post) => element("article", { class: "post", "data-kind": post.kind },
    element("h4", {}, nameOf(post)),
    post.holders.length ? element("ul", {}, ...post.holders.map((/** @type {any} */ holder) => person(holder, config))) : element("p", { class: "vacant" }, gettext("Nobody holds this post.")),
    (post.duty || post.reward) && element("details", { open: open && post.kind === "responsible" },
      element("summary", {}, gettext("Duty, reward and penalty")),
      element("dl", {},
        post.duty && element("dt", {}, gettext("Duty")), post.duty && element("dd", {}, post.duty),
        post.reward && element("dt", {}, gettext("Reward and penalty")), post.reward && element("dd", {}, post.reward)))));
}

/** @param {any} holder @param {any} config */
function person(holder, config) {
  const days = holder.until ? interpolate(gettext("%s until %s"), [holder.since, holder.until]) : interpolate(gettext("since %s"), [holder.since]);
  return element("li", {},
    element("b", {}, nameOf(holder)),
    holder.stands_in_for && element("span", { class: "substitute" }, interpolate(gettext("stands in for %s"), [nameOf(holder.stands_in_for)])),
    holder.telephone && element("a", { class: "telephone", href: `tel:${holder.telephone.replace(/[ -]/g, "")}` }, holder.telephone),
    element("span", { class: "hint" }, [holder.unit, days].filter(Boolean).join(" · ")),
    config.may_hand_over && element("a", { class: "hand-over", href: `/staffing/handover/${holder.person}/`, "data-test": "hand-over" }, gettext("Hand over")));
}
