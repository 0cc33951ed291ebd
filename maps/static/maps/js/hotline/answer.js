// @ts-check
/** Who owns the place and why, as on the dispatch map; and near a border the question which side is meant. */
import { byId, element } from "../dom.js";
import { distance, nameOf } from "../formats.js";
import { owner, reason } from "../panel.js";
import { communities, isDoubtful } from "./sides.js";

/** Before there is a place. */
export function drawNoPlace() {
  byId("answer").replaceChildren(
    element("h2", {}, gettext("Owner")),
    element("div", { class: "blank" }, element("p", {}, gettext("The owning community stands here as soon as there is a place.")), element("p", { class: "hint" }, gettext("Type it and press Enter, or click the map."))),
  );
}

/** @param {any} problem */
export function drawBadPlace(problem) {
  const { detail, hint } = problem.body ?? {};
  byId("answer").replaceChildren(
    element("h2", {}, gettext("Owner")),
    element("div", { class: "owner outside", "data-test": "problem" }, element("strong", {}, problem.message), detail && detail !== problem.message && element("p", {}, detail), hint && element("p", { class: "hint" }, hint)),
  );
}

/**
 * @param {any} place @param {any} answer @param {any} config
 * @param {{confirm: () => void, cross: (candidate: any) => void}} act
 */
export function drawAnswer(place, answer, config, act) {
  byId("answer").replaceChildren(...[element("h2", {}, gettext("Owner")), owner(answer, config), side(place, answer, act), reason(answer)].filter(Boolean));
}

/** @param {any} place @param {any} answer @param {{confirm: () => void, cross: (candidate: any) => void}} act */
function side(place, answer, act) {
  const [own, ...others] = communities(answer);
  if (!own || !others.length || answer.rule === "outside") return null;
  const doubtful = isDoubtful(place, answer);
  return element("div", { class: `side-question ${doubtful ? "open" : "settled"}`, "data-test": "side" },
    element("strong", {}, doubtful ? gettext("Which side of the border?") : place.confirmed ? gettext("Side confirmed") : gettext("A border is near")),
    element("div", { class: "side-answers" },
      element("button", { type: "button", class: "quiet", id: "confirm-side", "aria-pressed": Boolean(place.confirmed), onclick: act.confirm }, nameOf(own.community)),
      ...others.map((c) => element("button", { type: "button", class: "quiet", onclick: () => act.cross(c) }, nameOf(c.community), element("span", { class: "hint" }, distance(c.distance_m))))),
  );
}
