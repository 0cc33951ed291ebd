// @ts-check
/** From the drawing table to the edition: send, approve with a date, publish, take back, withdraw; conflicts cell by cell. */
import { get, Problem } from "../api.js";
import { element, toast } from "../dom.js";
import { number as inWords, moment } from "./words.js";
import { icon } from "./icons.js";
import { button } from "./tools/options.js";

const WAY = () => [["drafting", gettext("Drawing")], ["sent", gettext("Sent")], ["approved", gettext("Approved")], ["published", gettext("In force")]];

/** @param {any} desk @param {any} body @param {(n: number) => void} count */
export function openApproval(desk, body, count) {
  let conflicts = /** @type {any[] | null} */ (null), busy = false, published = /** @type {any} */ (null);

  /** @param {string} verb @param {any} [data] @param {string} [sure] asked first */
  async function settle(verb, data = {}, sure = "") {
    if (busy || (sure && !(await confirmed(sure)))) return;
    busy = true;
    draw();
    try {
      const answer = await desk.settle(verb, data);
      if (answer.published) published = answer.published;
    } catch (error) {
      const { hint = "", detail = "", where = {} } = error instanceof Problem ? error.body : {};
      if (where.conflicts) conflicts = where.conflicts;
      toast([/** @type {Error} */ (error).message, hint || (document.documentElement.lang === "en" ? detail : "")].filter(Boolean).join(" "), "bad");
    }
    busy = false;
    draw();
  }

  /** @param {string} words @returns {Promise<boolean>} */
  function confirmed(words) {
    return new Promise((answer) => {
      const dialog = /** @type {HTMLDialogElement} */ (element("dialog", { class: "sheet sure" }, element("p", {}, words), element("div", { class: "buttons" },
        button(gettext("Cancel"), () => dialog.close("no")), button(gettext("Yes, do it"), () => dialog.close("yes"), { class: "primary", "data-test": "sure" }))));
      document.body.append(dialog);
      dialog.addEventListener("close", () => {
        dialog.remove();
        answer(dialog.returnValue === "yes");
      });
      dialog.showModal();
    });
  }

  const way = () => element("ol", { class: "way" }, ...WAY().map(([state, words]) => element("li", { class: desk.info.state === state ? "here" : "", "aria-current": desk.info.state === state ? "step" : false }, words)));

  /** @param {string} words @param {string} will what will happen @param {any} act */
  const act = (words, will, ...parts) => element("div", { class: "act" }, element("h3", {}, words), element("p", { class: "hint" }, will), ...parts);

  /** What stands against an approval, as far as the checks have told. */
  function stands() {
    const n = Number(document.documentElement.dataset.hindrances ?? 0);
    return n ? [element("p", { class: "verdict bad" }, interpolate(ngettext("%s finding would stop the approval: see the checks first.", "%s findings would stop the approval: see the checks first.", n), [n]))] : [];
  }

  function acts() {
    const { info } = desk, { may } = info;
    const date = element("input", { type: "datetime-local", "aria-label": gettext("Takes effect") });
    return [
      may.send && act(gettext("Send for approval"), gettext("Nobody draws in it while a second person looks at it. You can take it back at any time."), ...stands(), button(gettext("Send"), () => settle("send"), { class: "primary", "data-test": "send", disabled: busy || !info.cells_touched })),
      may.approve && act(gettext("Approve"), gettext("You have not drawn in this plan, so you may. Without a date it can be published at once; with one it takes effect then."), ...stands(),
        element("label", { class: "field" }, element("span", {}, gettext("Takes effect (may be left empty)")), date),
        button(gettext("Approve"), () => settle("approve", date.value ? { effective_at: date.value } : {}), { class: "primary", "data-test": "approve", disabled: busy })),
      info.state === "sent" && !may.approve && act(gettext("Waits for approval"), gettext("A second person approves: a planner or leader who has not drawn in it.")),
      may.publish && act(gettext("Publish"), info.effective_at ? interpolate(gettext("It takes effect by itself on %s. Published now, it takes effect at once."), [moment(info.effective_at)])
        : gettext("In one step: a new edition, new codes, components and open cases go to their new owners with a line in each case's history and a message to both. Closed cases keep theirs. It can be taken back."),
        button(busy ? gettext("Publishing …") : gettext("Publish now"), () => settle("publish", {}, gettext("The plan becomes the edition in force from the next call on. Publish it?")), { class: "primary", "data-test": "publish", disabled: busy })),
      may.take_back && act(gettext("Take back"), gettext("It can be drawn again, and must then be sent and approved again."), button(gettext("Take back to the drawing table"), () => settle("take_back"), { "data-test": "take-back", disabled: busy })),
      may.withdraw && act(gettext("Withdraw"), gettext("The plan is given up for good. It stays to be seen, and another can start from a copy of it."), button(gettext("Withdraw the plan"), () => settle("withdraw", {}, gettext("Give this plan up for good?")), { class: "quiet danger", disabled: busy })),
    ].filter(Boolean);
  }

  function done() {
    const { info } = desk;
    if (info.state !== "published") return "";
    const facts = published && [
      [gettext("cells changed"), published.cells_changed], [gettext("cells born"), published.cells_born], [gettext("cells retired"), published.cells_retired],
      [gettext("components moved"), published.components_moved], [gettext("open cases with a new owner"), published.cases_reowned], [gettext("messages written"), published.messages],
    ].filter(([, n]) => typeof n === "number");
    return element("div", { class: "verdict good", "data-test": "published" }, element("strong", {}, interpolate(gettext("In force as edition %s"), [info.edition])), " ",
      element("a", { href: `/history/#of=${info.base.number}-${info.edition}` }, gettext("Beside the edition before")),
      facts ? element("dl", {}, ...facts.map(([words, n]) => element("div", {}, element("dt", {}, words), element("dd", {}, inWords(n))))) : "");
  }

  function collisions() {
    if (!desk.info.behind) return "";
    const list = conflicts ?? [];
    return element("div", { class: "conflicts" }, element("h3", {}, icon("warning", 18), gettext("Another edition is in force since")),
      element("p", { class: "hint" }, conflicts === null ? gettext("Looking for cells that both changed …") : list.length
        ? interpolate(ngettext("%s cell was changed by it and by this plan. Put on the new edition, the plan keeps all else; this one must be drawn again.", "%s cells were changed by it and by this plan. Put on the new edition, the plan keeps all else; these must be drawn again.", list.length), [list.length])
        : gettext("No cell was changed by both. Put on the new edition, the plan keeps everything.")),
      element("ul", {}, ...list.slice(0, 100).map((c) => element("li", {}, element("button", { type: "button", onclick: () => {
        desk.map.mark("lit", [c.key]);
        if (c.place) desk.map.flyTo(c.place);
      } }, element("span", { class: "code" }, c.code || c.key), element("span", { class: "hint" }, [c.edition_label || interpolate(gettext("Edition %s"), [c.edition]), c.why].filter(Boolean).join(" · ")), icon("target", 16))))),
      desk.info.may.rebase && button(gettext("Put the plan on the new edition"), () => settle("rebase", { revision: desk.revision }, gettext("The plan continues on the edition in force. Undo reaches back to here, not further.")), { class: "quiet strong", "data-test": "rebase", disabled: busy || conflicts === null }));
  }

  function facts() {
    const { info } = desk;
    const rows = [
      [gettext("Starts from"), [interpolate(gettext("Edition %s"), [info.base.number]), info.base.label].filter(Boolean).join(" · ")], [gettext("Made by"), info.made_by && `${info.made_by} · ${moment(info.made_at)}`], [gettext("Sent"), info.sent_at && moment(info.sent_at)],
      [gettext("Approved by"), info.approved_by && `${info.approved_by} · ${moment(info.approved_at)}`], [gettext("Takes effect"), info.effective_at && moment(info.effective_at)],
    ].filter(([, value]) => value);
    return element("dl", { class: "facts" }, ...rows.map(([words, value]) => element("div", {}, element("dt", {}, words), element("dd", {}, value))));
  }

  function draw() {
    const withdrawn = desk.info.state === "withdrawn";
    body.replaceChildren(withdrawn ? element("p", { class: "verdict" }, gettext("This plan was withdrawn. A new one can start from a copy of it.")) : way(), done(), collisions(), ...acts(), facts());
  }

  async function look() {
    if (!desk.info.behind) conflicts = null;
    count(0);
    draw();
    if (!desk.info.behind) return;
    try {
      conflicts = (await get(`${desk.door}/conflicts`)).conflicts;
      count(conflicts?.length || 1);
    } catch (error) {
      toast(/** @type {Error} */ (error).message, "bad");
    }
    draw();
  }

  desk.on("info", look);
  for (const event of ["edited", "findings"]) desk.on(event, () => !body.contains(document.activeElement) && draw());
  return { shown: draw };
}
