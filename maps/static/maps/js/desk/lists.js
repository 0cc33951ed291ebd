// @ts-check
/** The queues with their counts, and the cases of one: number, class, words, community, age, and the colour of the clock. */
import { COLUMNS, left } from "../board/cards.js";
import { element } from "../dom.js";
import { age, nameOf } from "../formats.js";

/** @param {HTMLElement} box @param {any} state @param {any} config @param {(queue: string) => string} address */
export function drawQueues(box, state, config, address) {
  box.replaceChildren(...Object.entries(config.queues).map(([queue, name]) =>
    element("a", { href: address(queue), class: "queue", "data-queue": queue, "aria-current": queue === state.queue ? "true" : null },
      element("span", {}, name), element("b", { class: state.counts[queue] ? "" : "none" }, (state.counts[queue] ?? 0).toLocaleString()))));
  const here = /** @type {HTMLElement | null} */ (box.querySelector("[aria-current]"));
  // On a phone the queues lie in one row, wider than the screen.
  if (here && (here.offsetLeft < box.scrollLeft || here.offsetLeft + here.offsetWidth > box.scrollLeft + box.clientWidth)) box.scrollLeft = here.offsetLeft - 12;
}

/** @param {HTMLElement} box @param {any} state @param {any} config @param {number} now @param {(number: string) => string} address @param {() => void} more @param {import("./bulk.js").Bulk} bulk */
export function drawCases(box, state, config, now, address, more, bulk) {
  const held = /** @type {HTMLElement | null} */ (document.activeElement?.matches("#cases .choose") ? document.activeElement : null)?.dataset.choose;
  const scrolled = box.scrollTop;
  const rows = state.cases.map((/** @type {any} */ found) => row(found, found.number === state.number, config, now, address, bulk));
  const rest = (state.counts[state.queue] ?? 0) - state.cases.length;
  box.replaceChildren(...rows,
    ...(rows.length ? [] : [element("li", { class: "empty" }, gettext("Nothing waits here."))]),
    ...(rest > 0 && rows.length ? [element("li", {}, element("button", { class: "quiet more", type: "button", onclick: more }, interpolate(gettext("Show more (%s)"), [rest.toLocaleString()])))] : []));
  box.scrollTop = scrolled;
  if (held) /** @type {HTMLElement | null} */ (box.querySelector(`[data-choose="${held}"]`))?.focus({ preventScroll: true });
  box.setAttribute("aria-busy", "false");
}

/** @param {any} found @param {boolean} here @param {any} config @param {number} now @param {(number: string) => string} address @param {import("./bulk.js").Bulk} bulk */
function row(found, here, config, now, address, bulk) {
  const column = COLUMNS.find((c) => c.key === found.column) ?? COLUMNS[3];
  const timed = found.due !== null || found.held_until;
  const chosen = bulk.chosen.has(found.number);
  const stage = found.to_decide ? gettext("to be decided whose it is") : found.wants_help ? gettext("asks for help") : found.assignee || (config.stages[found.stage] ?? found.stage);
  return element("li", { class: `waiting-case ${column.key}${chosen ? " chosen" : ""}`, "data-number": found.number },
    bulk.possible && element("input", { type: "checkbox", class: "choose", checked: chosen, "data-choose": found.number, "aria-label": interpolate(gettext("Choose case %s"), [found.number]), onclick: (/** @type {MouseEvent} */ event) => bulk.toggle(found.number, event.shiftKey) }),
    element("a", { href: address(found.number), "aria-current": here ? "true" : null },
      element("span", { class: "what" }, found.emergency && element("span", { class: "urgent", title: found.emergency }, "▲", element("span", { class: "unseen" }, found.emergency)), element("span", { class: "shape", "aria-hidden": "true", title: column.words() }, column.shape), nameOf(found.class) || gettext("no class")),
      element("span", { class: "left" }, timed ? left(found, now) : ""),
      element("span", { class: "words" }, found.words || found.address || "–"),
      element("span", { class: "whose" }, nameOf(found.owner) || gettext("no owner")),
      element("span", { class: "age" }, age(found.reported * 1000, now * 1000)),
      element("span", { class: "code" }, found.number),
      element("span", { class: "stage" }, stage)));
}

/** Set the words that time changes. @param {HTMLElement} box @param {any[]} cases @param {number} now */
export function tick(box, cases, now) {
  for (const found of cases) {
    const words = box.querySelector(`[data-number="${found.number}"] .left`);
    if (words && found.due !== null) words.textContent = left(found, now);
  }
}
