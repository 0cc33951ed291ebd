// @ts-check
/** What must be given with an act at the desk: a reason, a person, a date, a finding, a grade, a unit. */
import { element } from "../dom.js";
import { nameOf } from "../formats.js";
import { reasons } from "./reasons.js";

/** Acts that a touch does, as nothing is lost by them that another act does not bring back. */
const AT_ONCE = new Set(["accept", "file", "dispatch", "take_on", "ask_check", "pass_check", "grant_extension"]);

/** @param {any} open an open act */
export const isPlain = (open) => AT_ONCE.has(open.act) && !open.needs.length;

/** Hour and day of the reader's clock as a field of the page takes them. @param {Date} at */
const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** What the words beside an act are for. @param {any} open @param {any} c */
function noteLabel(open, c) {
  if (open.needs.includes("reason")) return gettext("Reason");
  return ["close", "answer"].includes(open.act) && c.callers ? gettext("What the callers are told besides") : gettext("Remark, if any");
}

/**
 * @param {any} open the act with what it needs @param {any} c the case @param {string} name the act's name
 * @param {{send: (given: any, act: string) => Promise<boolean>, close: () => void}} how
 */
export function actForm(open, c, name, { send, close }) {
  const wants = (/** @type {string} */ what) => open.needs.includes(what) || open.may_have.includes(what);
  const needs = (/** @type {string} */ what) => open.needs.includes(what);
  const answers = open.act === "answer" && c.acts.some((/** @type {any} */ other) => other.act === "reopen");
  const measure = needs("measure") ? element("textarea", { name: "measure", rows: 2, maxlength: 2000, required: true }) : null;
  const note = element("textarea", { name: "note", rows: 2, maxlength: 2000, required: needs("reason") });
  const until = wants("date") ? element("input", { type: "datetime-local", name: "until", required: needs("date"), min: local(new Date()), value: c.asked_until ? local(new Date(c.asked_until)) : "" }) : null;
  const button = element("button", { type: "submit", class: "primary", "data-test": "do" }, name);
  const form = /** @type {HTMLFormElement} */ (element("form", { class: "act-form", onsubmit: give, onreset: close },
    wants("person") && people(),
    wants("grade") && choices("grade", gettext("How grave"), open.grades.map((/** @type {any} */ grade) => [grade.slug, grade.name, interpolate(gettext("coordinated by: %s"), [grade.level])]), true),
    wants("owner") && choices("owner", gettext("Whose it is"), open.units.map((/** @type {any} */ unit) => [unit.code, nameOf(unit), unit.code]), true),
    wants("finding") && choices("found", gettext("Is it as reported?"), [["true", gettext("Yes, it is so"), ""], ["false", gettext("No, nothing of it"), ""]], true),
    until && element("label", {}, gettext("Until"), until),
    needs("unit") && units(),
    needs("marks") && open.marks.map(marks),
    needs("part") && part(),
    answers && choices("accepted", gettext("Does the caller accept the answer?"), [["true", gettext("Yes"), ""], ["false", gettext("No: the case is opened again"), ""]], true, 0),
    element("label", {}, noteLabel(open, c), note),
    measure && element("label", {}, gettext("What was done meanwhile so that nobody comes to harm"), measure),
    element("div", { class: "act-ends" }, button, element("button", { type: "reset", class: "quiet" }, gettext("Cancel")))));
  return form;

  function people() {
    const whoever = needs("person") ? [] : [["", gettext("whoever is there"), ""]];
    const listed = open.people.map((/** @type {any} */ person) => [String(person.id), person.name, reasons(person)]);
    if (!listed.length && !whoever.length) return element("p", { class: "hint", role: "alert" }, gettext("Nobody is posted there whose work it could become."));
    return choices("person", gettext("Whom"), [...whoever, ...listed], true, 0);
  }

  function units() {
    if (!open.units.length) return element("p", { class: "hint", role: "alert" }, gettext("There is no unit that it could go to."));
    const group = (/** @type {string} */ label, /** @type {any[]} */ of) => of.length > 0 && element("optgroup", { label }, ...of.map((unit) => element("option", { value: unit.code }, `${nameOf(unit)} · ${unit.code}`)));
    return element("label", {}, open.act === "decide" ? gettext("Whose it is") : gettext("To which unit"),
      element("select", { name: "unit", required: true },
        group(gettext("had it before"), open.units.filter((/** @type {any} */ unit) => unit.had)),
        group(gettext("others of the territory"), open.units.filter((/** @type {any} */ unit) => !unit.had))));
  }

  /** One thing that gets a mark. @param {any} mark */
  function marks(mark) {
    const [least, most] = open.degrees;
    return element("fieldset", { class: "choices marks" }, element("legend", {}, mark.name),
      ...Array.from({ length: most - least + 1 }, (_, n) => element("label", { class: "choice" }, element("input", { type: "radio", name: `mark:${mark.slug}`, value: String(least + n), required: true }), element("span", {}, String(least + n)))));
  }

  function part() {
    return element("p", { class: "hint" }, interpolate(gettext("Part %(part)s of %(of)s: %(name)s"), { part: open.part.part, of: open.part.of, name: open.part.name || gettext("without a name") }, true));
  }

  /** @param {Event} event */
  async function give(event) {
    event.preventDefault();
    const told = new FormData(form), given = /** @type {Record<string, any>} */ ({});
    const text = String(told.get("note") ?? "").trim();
    const refused = told.get("accepted") === "false";
    if ((needs("reason") || refused) && !text) return note.focus();
    if (measure) {
      given.measure = String(told.get("measure") ?? "").trim();
      if (!given.measure) return measure.focus();
    }
    if (told.get("unit")) given.unit = told.get("unit");
    if (needs("part")) given.part = open.part.part;
    if (needs("marks")) given.marks = Object.fromEntries(open.marks.map((/** @type {any} */ mark) => [mark.slug, Number(told.get(`mark:${mark.slug}`))]));
    if (text) given.note = text;
    if (told.get("person")) given.person = Number(told.get("person"));
    for (const name of ["grade", "owner"]) if (told.get(name)) given[name] = String(told.get(name));
    if (told.get("found")) given.found = told.get("found") === "true";
    if (told.get("until")) given.until = new Date(String(told.get("until"))).toISOString();
    button.disabled = true;
    if (!(await send(given, refused ? "reopen" : open.act))) button.disabled = false;
  }
}

/** @param {string} name @param {string} legend @param {string[][]} listed @param {boolean} required @param {number} [chosen] */
function choices(name, legend, listed, required, chosen = -1) {
  return element("fieldset", { class: "choices" }, element("legend", {}, legend),
    ...listed.map(([value, words, hint], n) => element("label", { class: "choice" }, element("input", { type: "radio", name, value, required, checked: n === chosen }), element("span", {}, words), hint && element("small", {}, hint))));
}
