// @ts-check
/** The sections of a coordination: how it stands, its meetings, the joint plan, what was promised, and the parts of the case. */
import { left } from "../board/cards.js";
import { element } from "../dom.js";
import { nameOf } from "../formats.js";
import { calledField, calledRead, endField, endRead, line, opener, openersOf, time, whoField, whoRead, words } from "./forms.js";
import { byAt, limitOf, local, moment, when, who } from "./words.js";

/** @typedef {(act: string, given: any) => Promise<boolean>} Send */

const note = (/** @type {FormData} */ told) => String(told.get("note") ?? "").trim();
const section = (/** @type {string} */ name, /** @type {string} */ title, /** @type {any[]} */ ...inside) => element("section", { class: `card part ${name}`, "data-section": name }, element("h2", {}, title), ...inside);
const nothing = (/** @type {string} */ text) => element("p", { class: "hint" }, text);

/** What can be called where nothing is under way. @param {any} c @param {Send} send */
export function calling(c, send) {
  if (!c.acts.includes("call_coordination")) return c.coordinations.length ? null : nothing(gettext("No coordination was called."));
  const form = opener("call_coordination", gettext("Call a coordination"), {
    fields: () => [words(gettext("Why several departments are needed"), "note")],
    read: (told) => ({ note: note(told) }),
    send,
  });
  return section("calling", gettext("Several departments"), nothing(gettext("Gather departments where one unit cannot solve it alone: meetings, a joint plan, commitments with limits.")), openersOf([form]));
}

/** @param {any} one a coordination @param {any} c @param {any} config @param {Send} send */
export function drawn(one, c, config, send) {
  const here = one.ended_at ? { ...c, acts: [] } : c;
  return [standing(one, here, send), commitments(one, here, config, send), meetings(one, here, config, send), plan(one, here, send)];
}

/** @param {any} one @param {any} c @param {Send} send */
function standing(one, c, send) {
  const end = c.acts.includes("end_coordination") && opener("end_coordination", gettext("End the coordination"), { fields: () => [words(gettext("Outcome"), "note")], read: (told) => ({ note: note(told) }), send, quiet: true });
  return section("standing", interpolate(gettext("%s coordinates"), [nameOf(one.unit)]),
    element("p", { class: "reason" }, one.reason),
    element("p", { class: "hint" }, interpolate(gettext("Called by %s"), [byAt(one.called_by, one.called_at)])),
    one.ended_at && element("p", { class: "outcome" }, interpolate(gettext("Ended by %s"), [byAt(one.ended_by, one.ended_at)]), element("br"), one.outcome),
    openersOf([end]));
}

/** @param {any} one @param {any} c @param {any} config @param {Send} send */
function meetings(one, c, config, send) {
  const add = c.acts.includes("call_meeting") && opener("call_meeting", gettext("Call a meeting"), {
    fields: () => [
      time(gettext("When"), "at", { required: true, value: local(new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000)) }),
      line(gettext("Where"), "place", { maxlength: 200 }),
      config.lon !== null && element("label", { class: "choice" }, element("input", { type: "checkbox", name: "here" }), element("span", {}, gettext("On the spot: at the place of the case"))),
      calledField(),
      words(gettext("Remark, if any"), "note", { required: false, rows: 2 }),
    ],
    read: (told, form) => ({ at: moment(told.get("at")), place: String(told.get("place")), called: calledRead(form), note: note(told), ...(told.get("here") ? { lon: config.lon, lat: config.lat } : {}) }),
    send,
  });
  const rows = one.meetings.map((/** @type {any} */ m) => {
    const minutes = c.acts.includes("write_minutes") && opener("write_minutes", m.minutes ? gettext("Write the minutes anew") : gettext("Write the minutes"), { fields: () => [words(gettext("Minutes"), "note", { rows: 6 })], read: (told) => ({ meant: m.id, note: note(told) }), send, quiet: Boolean(m.minutes) });
    return element("li", { "data-meeting": m.id },
      element("p", { class: "lead" }, element("time", { datetime: m.at }, when(m.at)), element("span", {}, m.place), m.lon !== null && element("span", { class: "chip" }, gettext("on the spot"))),
      element("p", { class: "hint" }, interpolate(gettext("Called: %s"), [m.called.map(who).join(gettext(", "))])),
      m.minutes && element("div", { class: "minutes" }, element("p", {}, m.minutes), element("p", { class: "hint" }, interpolate(gettext("Minutes by %s"), [byAt(m.minutes_by, m.minutes_at)]))),
      openersOf([minutes]));
  });
  return section("meetings", gettext("Meetings"), rows.length ? element("ol", { class: "rows" }, ...rows) : nothing(gettext("No meeting yet.")), openersOf([add]));
}

/** @param {any} one @param {any} c @param {Send} send */
function plan(one, c, send) {
  const add = c.acts.includes("plan_step") && opener("plan_step", gettext("Add a step"), {
    fields: () => [whoField(gettext("Who")), words(gettext("Does what"), "note", { rows: 2 }), time(gettext("Until, if set"), "until")],
    read: (told) => ({ who: whoRead(told), note: note(told), until: moment(told.get("until")) }),
    send,
  });
  const rows = one.steps.map((/** @type {any} */ s) => {
    const done = c.acts.includes("finish_step") && !s.done_at && opener("finish_step", gettext("Done"), { fields: () => [], read: () => ({ meant: s.id }), send, plain: true });
    return element("tr", { class: s.late ? "late" : "", "data-step": s.id },
      element("td", { class: "number" }, s.order),
      element("td", {}, who(s)),
      element("td", { class: "what" }, s.what),
      element("td", { class: "until" }, s.until ? when(s.until) : "–"),
      element("td", { class: "whether" }, s.done_at ? element("span", { class: "done" }, "✓ ", byAt(s.done_by, s.done_at)) : done ? done.button : "–"));
  });
  const head = [gettext("No."), gettext("Who"), gettext("Does what"), gettext("Until"), gettext("Done")];
  return section("plan", gettext("Plan of joint enforcement"),
    rows.length ? element("div", { class: "table" }, element("table", {}, element("thead", {}, element("tr", {}, ...head.map((h) => element("th", { scope: "col" }, h)))), element("tbody", {}, ...rows))) : nothing(gettext("No step yet.")),
    openersOf([add]));
}

/** @param {any} one @param {any} c @param {any} config @param {Send} send */
function commitments(one, c, config, send) {
  const add = c.acts.includes("write_commitment") && opener("write_commitment", gettext("Write a commitment"), {
    fields: () => [whoField(gettext("Who commits")), words(gettext("What is to be done"), "note"), endField(config)],
    read: (told) => ({ who: whoRead(told), note: note(told), ...endRead(told) }),
    send,
  });
  const rows = one.commitments.map((/** @type {any} */ k) => commitment(k, config, send));
  return section("commitments", gettext("Commitments"), rows.length ? element("ol", { class: "rows" }, ...rows) : nothing(gettext("Nothing promised yet.")), openersOf([add]));
}

/** @param {any} k @param {any} config @param {Send} send */
function commitment(k, config, send) {
  const remark = () => [words(gettext("Remark, if any"), "note", { required: false, rows: 2 })];
  const reason = () => [words(gettext("Reason"), "note", { rows: 2 })];
  const ways = /** @type {Record<string, any>} */ ({
    sign_commitment: { label: gettext("Sign"), fields: () => [line(gettext("Name under the signature"), "signer", { required: !k.unit, placeholder: k.unit ? gettext("your own, if left empty") : "" })], read: (/** @type {FormData} */ told) => ({ meant: k.id, signer: String(told.get("signer") ?? "").trim() }) },
    meet_commitment: { label: gettext("Met"), fields: remark },
    ask_release: { label: gettext("Ask for a release"), fields: reason, quiet: true },
    release: { label: gettext("Release"), fields: reason },
    refuse_release: { label: gettext("Refuse the release"), fields: reason, quiet: true },
    withdraw_commitment: { label: gettext("Take back unsigned"), fields: remark, quiet: true },
  });
  const openers = k.acts.filter((/** @type {string} */ act) => ways[act]).map((/** @type {string} */ act) => opener(act, ways[act].label, { fields: ways[act].fields, read: ways[act].read ?? ((/** @type {FormData} */ told) => ({ meant: k.id, note: note(told) })), send, quiet: ways[act].quiet }));
  const states = /** @type {Record<string, string>} */ ({ open: k.signed_at ? gettext("signed") : gettext("to be signed"), met: gettext("met"), released: gettext("released"), withdrawn: gettext("withdrawn") });
  return element("li", { class: `commitment ${k.state}${k.late ? " late" : ""}`, "data-commitment": k.id },
    element("p", { class: "lead" },
      element("strong", {}, who(k)),
      element("span", { class: `chip state ${k.state}` }, states[k.state] ?? k.state),
      k.late && element("span", { class: "chip late" }, "▲ ", gettext("overdue"))),
    element("p", { class: "promise" }, k.text),
    element("p", { class: "due" }, interpolate(gettext("By %s"), [when(k.due_at)]), k.limit && element("span", { class: "hint" }, ` (${limitOf(k.limit, config)})`)),
    k.signed_at && element("p", { class: "hint" }, interpolate(gettext("Signed by %s"), [byAt(k.signer, k.signed_at)]), element("span", { class: "code digest", title: k.digest }, ` SHA-256 ${k.digest.slice(0, 12)}…`), !k.as_signed && element("strong", { class: "broken" }, ` ${gettext("The text is not what was signed.")}`)),
    k.state === "open" && k.release_reason && element("p", { class: "asks" }, interpolate(gettext("%s asks for a release:"), [k.release_asked_by || gettext("The unit")]), ` “${k.release_reason}”`),
    k.settled_at && element("p", { class: "hint" }, byAt(k.settled_by, k.settled_at), k.settled_note && ` · ${k.settled_note}`),
    element("p", { class: "letter-link" }, element("a", { href: k.letter }, gettext("Letter to print"))),
    openersOf(openers));
}

/** The parts of a case, or the whole that it is a part of. @param {any} c @param {any} config @param {Send} send */
export function parts(c, config, send) {
  const split = c.acts.includes("split") && opener("split", gettext("Split off a part"), {
    fields: () => [
      words(gettext("What this part is"), "note", { rows: 2 }),
      element("label", {}, gettext("Class"), element("select", { name: "class" }, element("option", { value: "" }, gettext("no class")), ...config.classes.map((/** @type {any} */ one) => element("option", { value: one.id }, `${one.id.split("-")[1]} ${one.name}`)))),
      nothing(gettext("It lies at the same place and gets its own unit and clock.")),
    ],
    read: (told) => ({ note: note(told), class: String(told.get("class") ?? "") }),
    send,
  });
  const link = c.acts.includes("link") && opener("link", gettext("Take in another case"), { fields: () => [line(gettext("Number of the case"), "number", { maxlength: 24 })], read: (told) => ({ number: String(told.get("number")).trim() }), send, quiet: true });
  const rows = c.parts.map((/** @type {any} */ p) => {
    const out = c.acts.includes("unlink") && !["closed", "declined", "void"].includes(p.stage) && opener("unlink", gettext("Take out"), { fields: () => [words(gettext("Reason"), "note", { rows: 2 })], read: (told) => ({ number: p.number, note: note(told) }), send, quiet: true });
    return element("li", { class: "relative", "data-part": p.number }, relative(p, c, config), openersOf([out]));
  });
  if (!c.parent && !rows.length && !split && !link) return null;
  return section("parts", interpolate(gettext("Parts of the case (%(here)s of at most %(most)s)"), { here: c.parts.length, most: c.most_parts }, true),
    c.parent && element("p", {}, gettext("This case is a part of:")), c.parent && element("div", { class: "relative" }, relative(c.parent, c, config)),
    rows.length ? element("ol", { class: "rows" }, ...rows) : !c.parent && nothing(gettext("The case is whole.")),
    openersOf([split, link]));
}

/** One case of the family: what it is, where it stands. @param {any} p @param {any} c @param {any} config */
export function relative(p, c, config) {
  const late = p.due !== null && p.due < c.at;
  return element("p", { class: "lead" },
    p.seen ? element("a", { class: "code", href: `/cases/${encodeURIComponent(p.number)}/coordination/` }, p.number) : element("span", { class: "code" }, p.number),
    p.seen && element("span", {}, nameOf(p.class) || p.words || gettext("no class")),
    element("span", { class: "chip" }, config.stages[p.stage] ?? p.stage),
    p.due !== null && element("span", { class: `chip${late ? " late" : ""}` }, late ? "▲ " : "", left({ due: p.due }, c.at)));
}
