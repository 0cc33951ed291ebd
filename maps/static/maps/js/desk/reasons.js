// @ts-check
/** Why somebody is proposed, in one line: posted here, on duty, how far away he was seen and when, how much he has. */
import { distance } from "../formats.js";

const clock = (/** @type {string} */ at) => new Intl.DateTimeFormat(document.documentElement.lang, /** @type {any} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" })).format(new Date(at));

/** How long ago he was seen. @param {number} minutes */
const ago = (minutes) => (minutes < 90 ? interpolate(ngettext("%s min ago", "%s min ago", minutes), [minutes]) : interpolate(ngettext("%s h ago", "%s h ago", Math.round(minutes / 60)), [Math.round(minutes / 60)]));

/** @param {any} person */
export function reasons(person) {
  const seen = person.away_m !== null && person.away_m !== undefined && person.seen_minutes !== null;
  return [
    person.posted_here ? gettext("posted to this grid") : person.role,
    person.on_duty && (person.duty_until ? interpolate(gettext("on duty until %s"), [clock(person.duty_until)]) : gettext("on duty")),
    seen && interpolate(gettext("%(far)s away, %(ago)s"), { far: distance(person.away_m), ago: ago(person.seen_minutes) }, true),
    interpolate(ngettext("%s open case", "%s open cases", person.load), [person.load]),
  ].filter(Boolean).join(" · ");
}
