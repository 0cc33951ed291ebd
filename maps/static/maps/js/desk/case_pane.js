// @ts-check
/** One case at the desk: what it is, what can be done with it, where it lies and why it is whose, its photos, its history. */
import { get } from "../api.js";
import { COLUMNS, left } from "../board/cards.js";
import { element, toast } from "../dom.js";
import { age, nameOf } from "../formats.js";
import { reason } from "../panel.js";
import { actForm, isPlain } from "./act_form.js";
import { gathered } from "./gathered.js";
import { emergency } from "./emergency.js";

/** Acts that end a case or send it back stand last and quiet. */
const QUIET = new Set(["decline", "propose_void", "refuse_void", "refuse_hold", "refuse_extension", "return", "rework", "reopen", "ask_help", "ask_extension", "ask_hold", "lift_hold", "unassign", "come_down", "refer", "declare_emergency", "change_grade", "stand_down"]);
/** What carries the case on, where the table names several ways: verified on the spot comes first in the table, filing in the day. */
const FIRST = ["settle_owner", "team_done", "decide", "dispatch", "file", "assign", "close", "pass_check", "verify", "grant_extension", "grant_hold", "void", "answer"];

const when = (/** @type {string} */ at) => new Intl.DateTimeFormat(document.documentElement.lang, /** @type {any} */ ({ month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })).format(new Date(at));

/**
 * @param {HTMLElement} box @param {any} c the case and how it stands @param {any} config
 * @param {{map: import("../officer/case_map.js").CaseMap, now: number, back: string, act: (name: string, given: any) => Promise<boolean>}} how
 */
export function drawPane(box, c, config, { map, now, back, act }) {
  const placed = c.lon !== null, colour = light(c, now);
  const another = box.dataset.number !== c.number;
  map.box.classList.remove("queue-map");
  box.dataset.number = c.number;
  box.replaceChildren(
    ...[
      element("header", { class: `case-head ${colour.key}` },
        element("a", { class: "back", href: back, "aria-label": gettext("Back") }, "‹"),
        element("div", {},
          element("h2", {}, nameOf(c.class) || gettext("no class")),
          element("p", { class: "hint" }, element("span", { class: "code" }, c.number), ` · ${age(c.reported_at, now * 1000)}`)),
        element("p", { class: "chips" },
          element("span", { class: "chip stage-chip" }, config.stages[c.stage] ?? c.stage),
          (c.due !== null || c.held_until) && element("span", { class: "chip light" }, element("span", { "aria-hidden": "true" }, colour.shape), ` ${left(c, now)}`))),
      c.words && element("p", { class: "case-words" }, c.words),
      waits(c),
      emergency(c, act),
      acts({ ...c, acts: c.acts.filter((/** @type {any} */ open) => open.act !== "send_team") }, config, act),
      facts(c, config),
      gathered(c, config),
      placed ? map.box : element("p", { class: "hint" }, gettext("The case has no place.")),
      c.reason?.rule && reason(c.reason),
      precedents(c),
      callers(c, (name) => /** @type {HTMLElement | null} */ (box.querySelector(`[data-act="${name}"]`))?.click()),
      photos(c),
      story(c, config),
    ].filter(Boolean),
  );
  if (another) box.scrollTop = 0;
  if (placed) map.show({ lon: c.lon, lat: c.lat }, null);
}

/** @param {any} c @param {number} now */
function light(c, now) {
  const key = c.due === null ? "none" : c.due < now ? "red" : c.amber < now ? "amber" : "green";
  return COLUMNS.find((column) => column.key === key) ?? COLUMNS[3];
}

/** What waits for somebody's answer, in words. @param {any} c */
function waits(c) {
  const told = {
    extension: gettext("%(by)s asks for an extension."),
    hold: gettext("%(by)s asks for a hold until %(until)s."),
    void: gettext("%(by)s proposes to void the case."),
  };
  const lines = [];
  if (c.asked) {
    const asking = [...c.history].reverse().find((line) => line.act === (c.asked === "void" ? "propose_void" : `ask_${c.asked}`));
    lines.push(interpolate(told[c.asked], { by: c.asked_by, until: c.asked_until ? when(c.asked_until) : "" }, true) + (asking?.note ? ` “${asking.note}”` : ""));
  }
  if (c.to_decide) lines.push(gettext("A level below asks whose it is: it is to be decided here."));
  if (c.wants_help) lines.push(interpolate(gettext("%s asks for help."), [c.assignee || gettext("The unit")]));
  if (c.true === false && c.stage === "verified") lines.push(gettext("The report was found not to be so."));
  if (c.asked_of && ["verifying", "checking"].includes(c.stage)) lines.push(interpolate(gettext("Asked of %s."), [c.asked_of]));
  return lines.length ? element("ul", { class: "asks" }, ...lines.map((line) => element("li", {}, line))) : null;
}

/** @param {any} c @param {any} config @param {(name: string, given: any) => Promise<boolean>} act */
function acts(c, config, act) {
  if (!c.acts.length) return element("p", { class: "hint no-acts" }, gettext("Nothing is open to you here now."));
  const rank = (/** @type {string} */ name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length + Number(QUIET.has(name)));
  const ordered = [...c.acts].sort((a, b) => rank(a.act) - rank(b.act));
  const place = element("div", { class: "act-place" });
  const buttons = ordered.map((open, n) => {
    const button = element("button", { type: "button", class: n === 0 ? "primary" : QUIET.has(open.act) ? "quiet" : "second", "data-act": open.act, onclick: () => choose(open, button) }, config.acts[open.act] ?? open.act);
    return button;
  });
  /** @param {any} open @param {HTMLElement} button */
  async function choose(open, button) {
    for (const other of buttons) other.removeAttribute("aria-expanded");
    if (isPlain(open)) {
      place.replaceChildren();
      for (const other of buttons) other.disabled = true;
      if (!(await act(open.act, {}))) for (const other of buttons) other.disabled = false;
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const close = () => {
      place.replaceChildren();
      button.removeAttribute("aria-expanded");
      button.focus();
    };
    const form = actForm(open, c, config.acts[open.act] ?? open.act, { send: (given, name) => act(name, given), close });
    place.replaceChildren(form);
    /** @type {HTMLElement | null} */ (form.querySelector("input:checked, input, textarea"))?.focus();
  }
  return element("section", { class: "acts", "aria-label": gettext("What can be done") }, element("div", { class: "act-buttons" }, ...buttons), place);
}

/** @param {any} c @param {any} config */
function facts(c, config) {
  const callers = !c.callers ? "" : c.callers_waiting ? interpolate(gettext("%(callers)s, not answered yet: %(waiting)s"), { callers: c.callers, waiting: c.callers_waiting }, true) : interpolate(gettext("%s, all answered"), [c.callers]);
  const rows = [
    [c.emergency?.owner_open ? gettext("For the time being with") : (config.levels[c.owner?.level] ?? config.levels.community), nameOf(c.owner) || gettext("no owner")],
    [config.levels.cell, c.cell],
    [gettext("Address"), c.address],
    [gettext("Work of"), c.assignee],
    [gettext("On the ladder"), c.rung],
    [gettext("Filing condition"), c.condition?.name],
    [gettext("Callers"), callers],
  ].filter(([, value]) => value);
  return element("dl", { class: "facts" }, ...rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

/**
 * Who told of it, masked; who rings one up asks for the whole number, and that look is kept. A refused answer leads back.
 * @param {any} c @param {(name: string) => void} begin
 */
function callers(c, begin) {
  if (!c.told_by.length) return null;
  const rows = c.told_by.map((/** @type {any} */ caller) => [caller.is_anonymous ? gettext("anonymous") : caller.name || gettext("no name"), caller.telephone, caller.answered_at ? interpolate(gettext("answered %s"), [when(caller.answered_at)]) : gettext("not answered yet")]);
  const list = element("ul", { class: "callers" });
  const draw = (/** @type {string[][]} */ shown) => list.replaceChildren(...shown.map(([name, telephone, answered]) => element("li", {}, element("strong", {}, name), element("span", { class: "code" }, telephone), element("span", { class: "hint" }, answered))));
  draw(rows);
  const whole = element("button", { type: "button", class: "quiet", "data-test": "whole-numbers", onclick: async () => {
    whole.disabled = true;
    try {
      const told = await get(`/api/cases/${encodeURIComponent(c.number)}/callers`);
      draw(told.callers.map((/** @type {any} */ caller, /** @type {number} */ n) => [caller.anonymous ? rows[n][0] : caller.name || rows[n][0], caller.telephone, rows[n][2]]));
    } catch (error) {
      whole.disabled = false;
      toast(error.message, "bad");
    }
  } }, gettext("Show whole numbers"));
  const reopens = c.acts.some((/** @type {any} */ open) => open.act === "reopen");
  return element("section", {}, element("h3", {}, gettext("Callers")), list,
    element("p", { class: "act-buttons" }, c.told_by.some((/** @type {any} */ caller) => caller.telephone) && whole,
      reopens && element("button", { type: "button", class: "quiet", "data-test": "answer-refused", onclick: () => begin("reopen") }, gettext("The caller does not accept the answer"))));
}

/** Whose it may be: the three departments of the component, and what was decided before. @param {any} c */
function precedents(c) {
  const { departments, precedents: decided } = c;
  const named = departments ? [[gettext("Competent department"), departments.competent], [gettext("Owner's department"), departments.owner], [gettext("Maintaining department"), departments.maintainer]].filter(([, value]) => value) : [];
  if (!named.length && !decided.length) return null;
  return element("section", { class: "precedents" },
    named.length > 0 && element("h3", {}, gettext("Departments of the component")),
    named.length > 0 && element("dl", { class: "facts" }, ...named.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
    decided.length > 0 && element("h3", {}, gettext("Decided before")),
    decided.length > 0 && element("ul", {}, ...decided.map((/** @type {any} */ one) => element("li", {},
      element("strong", {}, nameOf(one.owner)), ` · ${[one.on, one.by, when(one.at)].filter(Boolean).join(", ")}`, one.note && element("p", {}, one.note)))));
}

/** @param {any} c */
function photos(c) {
  if (!c.photos.length) return null;
  const kinds = { before: gettext("before"), after: gettext("after") };
  return element("section", {}, element("h3", {}, gettext("Photos")),
    element("div", { class: "photos" }, ...c.photos.map((/** @type {any} */ photo) =>
      element("figure", { class: "photo" },
        element("a", { href: photo.view, target: "_blank", rel: "noopener" }, element("img", { src: photo.thumb, alt: kinds[photo.kind] ?? photo.kind, loading: "lazy", width: 104, height: 104 })),
        element("figcaption", {}, kinds[photo.kind] ?? photo.kind)))));
}

/** The history, the latest first. @param {any} c @param {any} config */
function story(c, config) {
  return element("section", { class: "story" }, element("h3", {}, gettext("History")),
    element("ol", {}, ...[...c.history].reverse().map((/** @type {any} */ line) =>
      element("li", {},
        element("time", { datetime: line.at }, when(line.at)),
        element("span", { class: "act" }, config.acts[line.act] ?? line.act),
        element("span", { class: "by" }, line.person ? `${line.by || gettext("the system")} → ${line.person}` : line.by || gettext("the system")),
        line.measure && element("p", { class: "hint" }, interpolate(gettext("Meanwhile: %s"), [line.measure])),
        (line.told || line.note) && element("p", {}, [line.told, line.note].filter(Boolean).join(" · "))))));
}
