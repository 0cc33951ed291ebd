// @ts-check
/** An emergency at the desk: how grave, who coordinates, who was sent; the teams on duty, the nearest first, each with one button. */
import { element } from "../dom.js";
import { distance, nameOf } from "../formats.js";

const clock = (/** @type {number} */ seconds) => new Date(seconds * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** So many are seen at once. */
const AT_FIRST = 3;

/** What the order of the teams is. */
export const TITLE = () => gettext("Teams on duty: trade and ground first, then the nearest");

/** Why a team stands where it stands. @param {any} team */
export const whyTeam = (team) => [
  team.distance_m === null ? "" : distance(team.distance_m),
  team.serves ? gettext("serves this ground") : gettext("from another ground"),
  interpolate(gettext("on duty until %s"), [clock(team.until)]),
].filter(Boolean).join(" · ");

/** A telephone to call. @param {string} number */
const telephone = (number) => element("a", { class: "call", href: `tel:${number.replaceAll(/[ -]/g, "")}` }, number);

/**
 * The teams that can be sent, with a button each.
 * @param {any[]} teams @param {(team: any, event: MouseEvent) => any} send @param {boolean} [ready] the first is the one to send: by a key too
 */
export function teamList(teams, send, ready = true) {
  if (!teams.length) return element("p", { class: "hint", role: "alert", "data-test": "no-team" }, gettext("No team is on duty now. Look at the duty roster."));
  const rows = teams.map((team, n) =>
    element("li", { "data-team": team.id },
      element("div", {},
        element("strong", {}, team.name),
        element("span", { class: "hint" }, whyTeam(team)),
        element("span", { class: "hint" }, team.people.join(gettext(", ")), " · ", telephone(team.telephone))),
      element("button", { type: "button", class: n || !ready ? "second" : "primary", "data-send": team.id, onclick: (/** @type {MouseEvent} */ event) => send(team, event) }, gettext("Send out"), n || !ready ? null : element("kbd", {}, "S"))));
  const first = element("ol", { class: "teams", "data-test": "teams" }, ...rows.slice(0, AT_FIRST));
  if (rows.length <= AT_FIRST) return first;
  const more = element("details", {}, element("summary", {}, interpolate(gettext("More teams (%s)"), [rows.length - AT_FIRST])), element("ol", { class: "teams" }, ...rows.slice(AT_FIRST)));
  return element("div", {}, first, more);
}

/** @param {any} c @param {(name: string, given: any) => Promise<boolean>} act */
export function emergency(c, act) {
  const open = c.acts.find((/** @type {any} */ one) => one.act === "send_team");
  if (!c.emergency && !open) return null;
  const told = c.emergency ?? {};
  const disputed = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", "data-test": "owner-open" }));
  const send = (/** @type {any} */ team) => {
    for (const button of box.querySelectorAll("button")) button.disabled = true;
    act("send_team", { team: team.id, ...(disputed.checked ? { owner_open: true } : {}) }).then((done) => {
      if (!done) for (const button of box.querySelectorAll("button")) button.disabled = false;
    });
  };
  const facts = [
    told.coordinator && [gettext("Coordinated by"), nameOf(told.coordinator)],
    told.team && [gettext("Team sent"), element("span", {}, told.team.name, " · ", telephone(told.team.telephone))],
  ].filter(Boolean);
  const box = element("section", { class: "emergency", "data-test": "emergency", "aria-label": gettext("Emergency") },
    element("p", { class: "grade" }, element("span", { "aria-hidden": "true" }, "▲ "), told.name ? interpolate(gettext("Emergency: %s"), [told.name]) : gettext("Emergency")),
    told.owner_open && element("p", { class: "owner-open", "data-test": "unsettled" }, gettext("Handled first: whose it is must still be settled before it can be closed. Until then it is with who coordinates.")),
    facts.length && element("dl", { class: "facts" }, ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
    open && (told.team ? element("details", {}, element("summary", {}, gettext("Send another team")), ...choice(false)) : element("div", {}, element("h3", {}, TITLE()), ...choice(true))));
  return box;

  /** @param {boolean} ready */
  function choice(ready) {
    const asks = open.teams.length && c.owner && !told.owner_open;
    return [teamList(open.teams, send, ready), asks ? element("label", { class: "tick" }, disputed, gettext("Whose it is, is disputed: settle it afterwards")) : ""];
  }
}
