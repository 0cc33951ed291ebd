// @ts-check
/** The list of editions: when, by whom, what changed, by which plan; and the button that takes the newest back. */
import { Problem, post } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { span, title } from "./words.js";

/** "3 new cells, 2 cells gone", or that nothing changed. @param {any} edition @param {boolean} first */
function changed(edition, first) {
  const { born, retired, reshaped, rehanded } = edition.cells;
  const number = (/** @type {number} */ n) => n.toLocaleString();
  if (first) return interpolate(gettext("The first edition, with %s cells."), [number(born)]);
  const parts = [
    born && interpolate(ngettext("%s new cell", "%s new cells", born), [number(born)]),
    retired && interpolate(ngettext("%s cell gone", "%s cells gone", retired), [number(retired)]),
    reshaped && interpolate(ngettext("%s cell of another shape", "%s cells of another shape", reshaped), [number(reshaped)]),
    rehanded && interpolate(ngettext("%s cell in other hands", "%s cells in other hands", rehanded), [number(rehanded)]),
  ].filter(Boolean);
  return parts.length ? parts.join(gettext(", ")) : gettext("No cell changed.");
}

/**
 * @param {any[]} editions the newest first @param {any} config @param {import("./words.js").Days} days
 * @param {{compare: (earlier: number, later: number) => void, taken: (edition: number) => void}} react
 */
export function drawEditions(editions, config, days, react) {
  const list = byId("editions");
  list.setAttribute("aria-busy", "false");
  list.replaceChildren(...editions.map((edition, n) => {
    const before = editions[n + 1];
    return element("li", { "data-edition": edition.number, class: edition.valid_to ? null : "in-force" },
      element("h3", {}, title(edition), !edition.valid_to && element("span", { class: "badge" }, gettext("in force"))),
      element("p", { class: "hint" }, span(edition, days), edition.by && ` · ${interpolate(gettext("by %s"), [edition.by])}`),
      element("p", {}, changed(edition, !before)),
      edition.takes_back && element("p", { class: "hint" }, interpolate(gettext("Takes edition %s back."), [edition.takes_back])),
      edition.taken_back_by && element("p", { class: "hint" }, interpolate(gettext("Taken back by edition %s."), [edition.taken_back_by])),
      element("div", { class: "acts" },
        before && element("button", { type: "button", class: "quiet compare", onclick: () => react.compare(before.number, edition.number) }, gettext("Show what changed")),
        edition.plan && element("a", { href: config.plan_address.replace("/0/", `/${edition.plan.id}/`) }, gettext("The plan")),
        n === 0 && before && config.may_take_back && element("button", { type: "button", class: "quiet take-back", onclick: () => ask(edition, before, react.taken) }, gettext("Take this edition back"))));
  }));
}

/** Say what will happen, and do it when told to. @param {any} edition @param {any} before @param {(edition: number) => void} taken */
function ask(edition, before, taken) {
  const sheet = byId("taking-back");
  const refused = element("p", { class: "errorlist", role: "alert", hidden: true });
  const close = element("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, gettext("Leave it in force"));
  const act = element("button", { type: "button", class: "primary", id: "take-back-now", onclick: take }, interpolate(gettext("Take edition %s back"), [edition.number]));
  sheet.replaceChildren(
    element("h2", { id: "taking-back-title" }, interpolate(gettext("Take “%s” back?"), [title(edition)])),
    element("ul", {},
      element("li", {}, interpolate(gettext("A new edition %(next)s begins now, with the grids of edition %(before)s."), { next: edition.number + 1, before: before.number }, true)),
      element("li", {}, interpolate(ngettext("%s cell is as it was before.", "%s cells are as they were before.", edition.cells.changed), [edition.cells.changed.toLocaleString()])),
      element("li", {}, gettext("Components and open cases go back to the cells that own their places then; the owners are told. Closed cases stay as they are.")),
      element("li", {}, gettext("Nothing is deleted: both editions stay in the history, and this step can be taken back like any other."))),
    refused, element("div", { class: "buttons" }, close, act));
  sheet.showModal();

  async function take() {
    act.disabled = close.disabled = true;
    act.textContent = gettext("Taking it back…");
    try {
      const done = await post(`/api/editions/${edition.number}/revert`, {});
      sheet.replaceChildren(
        element("h2", { id: "taking-back-title" }, interpolate(gettext("Edition %s is in force"), [done.edition])),
        element("p", { "data-test": "taken-back" }, interpolate(gettext("It has the grids of edition %s."), [before.number])),
        element("dl", { class: "done" }, ...[
          [gettext("Cells changed, back and gone"), done.cells_changed + done.cells_born + done.cells_retired],
          [gettext("Components moved"), done.components_moved],
          [gettext("Open cases moved"), done.cases_moved],
          [gettext("… of them with another owner"), done.cases_reowned],
          [gettext("Messages to owners"), done.messages],
        ].map(([term, n]) => element("div", {}, element("dt", {}, term), element("dd", {}, Number(n).toLocaleString())))),
        element("div", { class: "buttons" }, element("button", { type: "button", class: "primary", onclick: () => sheet.close() }, gettext("See what changed"))));
      taken(done.edition);
    } catch (error) {
      if (!(error instanceof Problem)) toast(gettext("No connection to the server."), "bad");
      refused.textContent = error instanceof Problem ? [error.message, error.body.detail, error.body.hint].filter(Boolean).join(" ") : "";
      refused.hidden = !(error instanceof Problem);
      act.disabled = close.disabled = false;
      act.textContent = interpolate(gettext("Take edition %s back"), [edition.number]);
    }
  }
}
