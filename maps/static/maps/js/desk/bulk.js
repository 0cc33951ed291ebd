// @ts-check
/**
 * Many cases at once: those that are chosen, whom each is proposed to and why, all assigned by one act, taken back by one.
 */
import { get, post } from "../api.js";
import { COLUMNS } from "../board/cards.js";
import { element, toast } from "../dom.js";
import { nameOf } from "../formats.js";
import { QueueMap } from "./queue_map.js";
import { reasons } from "./reasons.js";

const MOST = 500;

/** @typedef {{queue: string, cases: any[], counts: Record<string, number>}} State */

export class Bulk {
  /**
   * @param {HTMLElement} box @param {State} state @param {any} config @param {import("../officer/case_map.js").CaseMap} map
   * @param {{changed: () => void, done: () => Promise<any>, back: () => string, failed: (error: any) => void}} tell
   */
  constructor(box, state, config, map, tell) {
    this.box = box;
    this.state = state;
    this.config = config;
    this.map = map;
    this.tell = tell;
    this.side = /** @type {HTMLElement | null} */ (null);
    this.chosen = /** @type {Set<string>} */ (new Set());
    /** Who was picked by hand for a case. @type {Map<string, number>} */
    this.picked = new Map();
    this.all = ""; // one person for all of them
    this.last = ""; // where a run by Shift begins
    this.told = /** @type {any} */ ({ people: [], cases: [] });
    this.asked = "";
    this.keys = /** @type {Map<string, string>} */ (new Map());
    this.result = /** @type {any} */ (null);
    this.open = this.busy = false;
    this.dots = new QueueMap(map, { toggle: (number) => this.toggle(number), add: (numbers) => this.add(numbers) });
  }

  /** Whether cases of this queue can be assigned at all. */
  get possible() {
    return this.config.bulk.includes(this.state.queue);
  }

  /** @param {string} number @param {boolean} [run] from the last one touched to this one */
  toggle(number, run = false) {
    const order = this.state.cases.map((found) => found.number), from = order.indexOf(this.last), to = order.indexOf(number);
    if (run && from >= 0 && to >= 0) for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) this.chosen.add(one);
    else if (!this.chosen.delete(number)) this.chosen.add(number);
    this.last = number;
    this.change();
  }

  /** @param {string[]} numbers */
  add(numbers) {
    for (const number of numbers) this.chosen.add(number);
    if (!numbers.length) toast(gettext("No case lies there."));
    this.change();
  }

  none() {
    this.chosen.clear();
    this.picked.clear();
    this.all = "";
    this.change();
  }

  change() {
    if (this.chosen.size) this.result = null;
    this.tell.changed();
    this.draw();
  }

  /** Another queue: what was chosen and done belongs to the last one. */
  leaveQueue() {
    this.chosen.clear();
    this.picked.clear();
    this.all = "";
    this.result = null;
  }

  /** The list is new: what has left it is chosen no more. */
  settle() {
    const here = new Set(this.state.cases.map((found) => found.number));
    for (const number of this.chosen) if (!here.has(number)) this.chosen.delete(number);
    if (this.open) this.draw();
  }

  leave() {
    if (this.open) this.dots.leave();
    this.open = false;
  }

  /** Show the queue's map and what is chosen. */
  enter() {
    this.open = true;
    this.asked = "";
    this.side = element("section", { class: "bulk", "aria-label": gettext("Chosen cases") });
    this.map.box.classList.add("queue-map");
    this.box.replaceChildren(
      element("header", { class: "case-head none" }, element("a", { class: "back", href: this.tell.back(), "aria-label": gettext("Back") }, "‹"),
        element("div", {}, element("h2", {}, this.config.queues[this.state.queue]), element("p", { class: "hint" }, gettext("Draw a box or a lasso round cases, touch them, or tick them in the list.")))),
      this.dots.tools, this.map.box, this.side);
    this.draw();
  }

  draw() {
    if (!this.open) return;
    this.dots.show(this.state.queue, this.state.cases, this.chosen).catch(this.tell.failed);
    this.propose();
    this.list();
  }

  /** Ask whom those chosen are proposed to. */
  async propose() {
    const numbers = this.state.cases.map((found) => found.number).filter((number) => this.chosen.has(number)).slice(0, MOST);
    const has = new Map(this.state.cases.map((found) => [found.number, found.was]));
    // Also anew where somebody else has assigned one of them meanwhile.
    const asking = numbers.map((number) => `${number}:${has.get(number)}`).join(",");
    if (asking === this.asked) return;
    this.asked = asking;
    if (!asking) return;
    try {
      const told = await get("/api/desk/people", { numbers: numbers.join(",") });
      if (asking !== this.asked) return;
      this.told = told;
      this.list();
    } catch (error) {
      this.asked = "";
      this.tell.failed(error);
    }
  }

  /** Whose work a case becomes, as it stands here. @param {any} one a case with those proposed */
  personFor(one) {
    if (this.all) return Number(this.all);
    return this.picked.get(one.number) ?? one.proposed[0]?.id ?? null;
  }

  /** What is chosen, row by row; nothing is drawn while somebody is at one of its fields, but for what he changes there. @param {boolean} [always] */
  list(always = false) {
    const { chosen, side } = this;
    if (!side || (!always && side.contains(document.activeElement) && document.activeElement?.matches("select"))) return;
    if (!chosen.size) return side.replaceChildren(...(this.result ? [this.outcome()] : [element("p", { class: "hint" }, gettext("No case is chosen."))]));
    const people = new Map(this.told.people.map((/** @type {any} */ person) => [person.id, person]));
    const rows = this.told.cases.filter((/** @type {any} */ one) => chosen.has(one.number));
    const ready = rows.length === Math.min(chosen.size, MOST);
    const goes = rows.filter((/** @type {any} */ one) => this.personFor(one) !== null);
    const option = (/** @type {any} */ person, /** @type {any} */ selected) => element("option", { value: String(person.id), selected }, `${person.name} · ${reasons(person)}`);
    const one = element("select", { name: "all", "data-test": "all", "aria-label": gettext("Whom they are given to"), onchange: (/** @type {any} */ event) => {
      this.all = event.target.value;
      this.list(true);
    } }, element("option", { value: "", selected: !this.all }, gettext("Each to the one proposed")), ...this.told.people.map((/** @type {any} */ person) => option(person, this.all === String(person.id))));
    side.replaceChildren(
      element("div", { class: "bulk-head" },
        element("strong", { "data-test": "count", "aria-live": "polite" }, interpolate(ngettext("%s case chosen", "%s cases chosen", chosen.size), [chosen.size.toLocaleString()])),
        element("button", { type: "button", class: "quiet", "data-test": "none", onclick: () => this.none() }, gettext("Choose none"))),
      element("label", { class: "bulk-all" }, gettext("Give them"), one),
      element("button", { type: "button", class: "primary", "data-test": "assign-all", disabled: !ready || !goes.length || this.busy, onclick: () => this.assign(goes) },
        ready ? interpolate(ngettext("Assign %s case", "Assign %s cases", goes.length), [goes.length.toLocaleString()]) : gettext("Looking for people…")),
      element("ol", { class: "bulk-rows" }, ...rows.map((/** @type {any} */ row) => this.row(row, people))));
  }

  /** @param {any} row @param {Map<number, any>} people */
  row(row, people) {
    const found = this.state.cases.find((one) => one.number === row.number);
    const column = COLUMNS.find((c) => c.key === found?.column) ?? COLUMNS[3];
    const proposed = row.proposed.map((/** @type {any} */ one) => ({ ...people.get(one.id), ...one }));
    const chosen = this.personFor(row), his = proposed.find((/** @type {any} */ one) => one.id === chosen) ?? (chosen ? people.get(chosen) : null);
    const whom = element("select", { "aria-label": gettext("Whom"), "data-number": row.number, disabled: Boolean(this.all), onchange: (/** @type {any} */ event) => {
      this.picked.set(row.number, Number(event.target.value));
      this.list(true);
    } }, ...proposed.map((/** @type {any} */ one) => element("option", { value: String(one.id), selected: one.id === chosen }, one.name)),
    ...(his && !proposed.includes(his) ? [element("option", { value: String(his.id), selected: true }, his.name)] : []));
    return element("li", { class: column.key },
      element("span", { class: "what" }, element("span", { class: "shape", "aria-hidden": "true" }, column.shape), nameOf(found?.class) || gettext("no class"), element("span", { class: "code" }, row.number)),
      his ? whom : element("span", { class: "hint" }, gettext("Nobody is posted there.")),
      element("button", { type: "button", class: "quiet drop", "aria-label": gettext("Choose it no more"), onclick: () => this.toggle(row.number) }, "×"),
      his && element("small", {}, proposed.includes(his) ? reasons(his) : gettext("not among those who are proposed here")));
  }

  /** @param {any[]} rows */
  async assign(rows) {
    const cases = rows.map((row) => ({ number: row.number, person: this.personFor(row), was: row.was }));
    // Without an answer the next press sends the same act; the server does it once.
    const what = JSON.stringify(cases), key = this.keys.get(what) ?? crypto.randomUUID();
    this.keys.set(what, key);
    const answer = await this.send("/api/desk/assign", { key, cases }, () => this.keys.delete(what));
    if (!answer) return;
    this.result = { ...answer, key };
    this.chosen.clear();
    this.picked.clear();
    const words = interpolate(ngettext("%s case assigned", "%s cases assigned", answer.done.length), [answer.done.length.toLocaleString()]);
    toast(answer.refused.length ? `${words}, ${refusedWords(answer.refused.length)}` : words, answer.refused.length ? "plain" : "good");
    this.tell.changed();
    await this.tell.done();
    this.list(true);
  }

  async undo() {
    const { key } = this.result, what = `undo ${key}`, own = this.keys.get(what) ?? crypto.randomUUID();
    this.keys.set(what, own);
    const answer = await this.send("/api/desk/assign/undo", { key: own, of: key }, () => this.keys.delete(what));
    if (!answer) return;
    this.result = { ...answer, undone: true };
    toast(interpolate(ngettext("%s case taken back", "%s cases taken back", answer.done.length), [answer.done.length.toLocaleString()]), "good");
    await this.tell.done();
    this.list(true);
  }

  /** @param {string} address @param {any} body @param {() => void} settled the server has answered */
  async send(address, body, settled) {
    if (this.busy) return null;
    this.busy = true;
    this.list(true);
    try {
      const answer = await post(address, body);
      settled();
      return answer;
    } catch (error) {
      if (error.status) settled();
      this.tell.failed(error.status ? error : new Error(gettext("No connection: nothing was lost, press the button again.")));
      return null;
    } finally {
      this.busy = false;
      this.list(true);
    }
  }

  /** What came of it: how many, which not and why, and the way back. */
  outcome() {
    const { done, refused, undone } = this.result;
    const words = undone
      ? interpolate(ngettext("%s case taken back", "%s cases taken back", done.length), [done.length.toLocaleString()])
      : interpolate(ngettext("%s case assigned", "%s cases assigned", done.length), [done.length.toLocaleString()]);
    return element("div", { class: "outcome", role: "status", "data-test": undone ? "undone" : "outcome" },
      element("p", {}, element("strong", {}, words), refused.length > 0 && ` · ${refusedWords(refused.length)}`,
        !undone && done.length > 0 && element("button", { type: "button", class: "quiet", "data-test": "undo", disabled: this.busy, onclick: () => this.undo() }, gettext("Undo"))),
      refused.length > 0 && element("ul", {}, ...refused.map((/** @type {any} */ one) =>
        element("li", {}, element("a", { href: `#${this.state.queue}/${one.number}`, class: "code" }, one.number), ` ${one.sentence}`, one.where.by && ` ${one.where.by}`))));
  }
}

/** @param {number} count */
const refusedWords = (count) => interpolate(ngettext("%s refused", "%s refused", count), [count.toLocaleString()]);
