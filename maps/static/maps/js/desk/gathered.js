// @ts-check
/** The section “Coordination” of a case at the desk: how it stands in a few lines, with the way to its own page. */
import { element } from "../dom.js";
import { nameOf } from "../formats.js";
import { relative } from "../coordination/sections.js";

/** @param {any} c the case, with `gathered` as the door of coordination tells it @param {any} config */
export function gathered(c, config) {
  const g = c.gathered, now = g.coordinations.find((/** @type {any} */ one) => !one.ended_at);
  const about = g.parent || g.parts.length || g.coordinations.length;
  if (!about && !g.acts.includes("call_coordination") && !g.acts.includes("split")) return null;
  const lines = now ? [
    interpolate(gettext("%s coordinates"), [nameOf(now.unit)]),
    now.meetings.length && interpolate(ngettext("%s meeting", "%s meetings", now.meetings.length), [now.meetings.length]),
    now.steps.length && interpolate(gettext("plan: %(done)s of %(all)s steps done"), { done: now.steps.filter((/** @type {any} */ s) => s.done_at).length, all: now.steps.length }, true),
    g.open_commitments && interpolate(ngettext("%s open commitment", "%s open commitments", g.open_commitments), [g.open_commitments]),
  ].filter(Boolean) : [];
  return element("section", { class: "gathered", "data-test": "gathered" }, element("h3", {}, gettext("Coordination")),
    lines.length > 0 && element("p", { class: "chips" }, ...lines.map((line) => element("span", { class: "chip" }, line)), g.late > 0 && element("span", { class: "chip late" }, "▲ ", interpolate(ngettext("%s overdue", "%s overdue", g.late), [g.late]))),
    g.parent && element("div", {}, element("p", { class: "hint" }, gettext("This case is a part of:")), relative(g.parent, g, config)),
    g.parts.length > 0 && element("div", {}, element("p", { class: "hint" }, interpolate(gettext("Parts of the case (%(here)s of at most %(most)s)"), { here: g.parts.length, most: g.most_parts }, true)), ...g.parts.map((/** @type {any} */ p) => relative(p, g, config))),
    element("p", {}, element("a", { class: "to-coordination", href: g.address, "data-test": "to-coordination" }, about ? gettext("Meetings, plan, commitments, parts") : gettext("Call a coordination, or split the case"))));
}
