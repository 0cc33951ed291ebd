// @ts-check
/** The sheet by which chosen cells become a patrol order: to whom, until when, why. */
import { post } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { nameOf } from "../formats.js";
import { candidates } from "./words.js";

/** Until when, if nothing else is said: three days from a day. @param {string} today */
function soon(today) {
  const day = new Date(`${today}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 3);
  return day.toISOString().slice(0, 10);
}

/**
 * @param {any[]} cells those to be walked @param {any[]} all @param {Record<string, any[]>} people by grid
 * @param {{today: string, reason: string, given: () => void}} how
 */
export function askOrder(cells, all, people, { today, reason, given }) {
  const sheet = byId("ordering"), form = byId("order-form");
  const found = candidates(cells, all, people), answering = found.people.filter((person) => person.cells);
  const each = interpolate(ngettext("who answers for each cell (%s person)", "who answers for each cell (%s people)", answering.length), [answering.length]);
  byId("order-title").textContent = interpolate(ngettext("Patrol order for %s cell", "Patrol order for %s cells", cells.length), [cells.length]);
  const person = (/** @type {any} */ one) => element("option", { value: one.id }, interpolate(gettext("%(name)s – answers for %(cells)s of them"), { name: nameOf(one), cells: one.cells }, true));
  byId("order-to").replaceChildren(...(answering.length > 1 ? [element("option", { value: "" }, each)] : []), ...found.people.map(person));
  byId("order-left").hidden = !found.left;
  byId("order-left").textContent = interpolate(ngettext("For %s of the cells nobody who walks answers: name somebody of the ground.", "For %s of the cells nobody who walks answers: name somebody of the ground.", found.left), [found.left]);
  byId("order-until").value = soon(today);
  byId("order-until").min = today;
  byId("order-reason").value = reason;
  byId("order-refused").hidden = true;
  byId("order-give").disabled = !found.people.length;
  if (!found.people.length) refuse(gettext("Nobody of this ground walks patrols: post somebody there first."));
  // One key for this sheet: pressed twice, it is given once.
  const key = `order-${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  let turn = 0;
  form.onsubmit = async (/** @type {any} */ event) => {
    event.preventDefault();
    byId("order-give").disabled = true;
    const to = byId("order-to").value;
    try {
      const told = await post("/api/patrols/orders", { key: `${key}-${turn}`, cells: cells.map((cell) => cell.code), person: to ? Number(to) : null, until: byId("order-until").value, reason: byId("order-reason").value.trim() });
      sheet.close();
      tell(told);
      given();
    } catch (error) {
      turn += 1; // what was refused may be sent in other words
      const { where = {}, hint = "" } = error.body ?? {};
      refuse([REFUSED[where.why]?.(where.most) ?? error.message, where.cells?.slice(0, 3).join(", "), REFUSED[where.why] ? "" : hint].filter(Boolean).join(" "));
    } finally {
      byId("order-give").disabled = false;
    }
  };
  byId("order-cancel").onclick = () => sheet.close();
  sheet.showModal();
}

/** @type {Record<string, (most: number) => string>} */
const REFUSED = {
  ordered: () => gettext("All of these cells are ordered already, from the same person."),
  nobody: () => gettext("Nobody who walks answers for these cells: name somebody."),
  many: (most) => interpolate(gettext("Too many cells for one order: choose %s at most."), [most]),
  gone: () => gettext("A cell is not there any more: load the map anew."),
  until: (most) => interpolate(gettext("Choose today or one of the next %s days."), [most]),
  reason: () => gettext("Say why, in up to 200 letters."),
  person: () => gettext("This person walks no patrols."),
};

/** @param {string} words */
function refuse(words) {
  byId("order-refused").textContent = words;
  byId("order-refused").hidden = false;
}

/** @param {{orders: any[], left: Record<string, string>}} told */
function tell({ orders, left }) {
  const names = orders.map((order) => element("a", { href: order.address, "data-test": "given" }, interpolate(ngettext("%(to)s: %(cells)s cell", "%(to)s: %(cells)s cells", order.cells), { to: order.to, cells: order.cells }, true)));
  const skipped = Object.keys(left).length;
  const words = [gettext("Ordered."), skipped && interpolate(ngettext("%s cell was left out: nobody answers for it, or it is ordered already.", "%s cells were left out: nobody answers for them, or they are ordered already.", skipped), [skipped])].filter(Boolean).join(" ");
  toast(words, "good", element("span", { class: "given" }, ...names));
}
