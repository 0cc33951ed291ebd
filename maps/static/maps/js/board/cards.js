// @ts-check
/** One case on the board: its colour's shape, what it is, whose it is, and how long it still has. */
import { element } from "../dom.js";
import { nameOf } from "../formats.js";

/** The columns, the most urgent first. A colour never stands alone: each has its shape and its words. */
export const COLUMNS = [
  { key: "red", shape: "▲", words: () => gettext("Overdue"), hint: () => gettext("past the limit") },
  { key: "amber", shape: "◆", words: () => gettext("Due soon"), hint: () => gettext("little of the limit is left") },
  { key: "green", shape: "●", words: () => gettext("In time"), hint: () => gettext("enough of the limit is left") },
  { key: "none", shape: "Ⅱ", words: () => gettext("Clock stands"), hint: () => gettext("on hold, or no calendar for the year") },
];

/** A length of time in its two largest units. @param {number} seconds */
export function span(seconds) {
  const minutes = Math.floor(Math.abs(seconds) / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days) return interpolate(gettext("%(days)s d %(hours)s h"), { days, hours: hours % 24 }, true);
  if (hours) return interpolate(gettext("%(hours)s h %(minutes)s min"), { hours, minutes: minutes % 60 }, true);
  return interpolate(gettext("%s min"), [minutes]);
}

/** A moment by the reader's clock; of another day with the day. @param {number} at seconds @param {number} now seconds */
function moment(at, now) {
  const then = new Date(at * 1000), language = document.documentElement.lang;
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = then.toDateString() === new Date(now * 1000).toDateString() ? {} : { month: "numeric", day: "numeric" };
  return new Intl.DateTimeFormat(language, /** @type {any} */ ({ ...day, ...time })).format(then);
}

/** How long the case still has, or by how much it is over. @param {any} found @param {number} now seconds */
export function left(found, now) {
  if (found.due === null) return found.held_until ? gettext("on hold") : gettext("no calendar yet");
  const seconds = found.due - now;
  return interpolate(seconds < 0 ? gettext("%s over") : gettext("%s left"), [span(seconds)]);
}

/** When it is due, or goes on. @param {any} found @param {number} now seconds */
function ends(found, now) {
  if (found.due !== null) return interpolate(gettext("due %s"), [moment(found.due, now)]);
  return found.held_until ? interpolate(gettext("until %s"), [moment(found.held_until, now)]) : "";
}

/** @param {any} found @param {Record<string, string>} stages @param {number} now seconds */
export function card(found, stages, now) {
  const column = COLUMNS.find((c) => c.key === found.column) ?? COLUMNS[3];
  const place = found.lon === null ? "/" : `/#map=17/${found.lat}/${found.lon}&at=${found.lon},${found.lat}`;
  return element("li", { class: "board-card", "data-case": found.id },
    element("a", { href: place },
      element("span", { class: "what" }, element("span", { class: "shape", "aria-hidden": "true" }, column.shape), nameOf(found.class) || gettext("no class")),
      element("span", { class: "left" }, left(found, now)),
      element("span", { class: "words" }, found.words || found.address),
      element("span", { class: "whose" }, nameOf(found.owner) || gettext("no owner")),
      element("span", { class: "due" }, ends(found, now)),
      element("span", { class: "code" }, found.number),
      element("span", { class: "stage" }, stages[found.stage] ?? found.stage)));
}
