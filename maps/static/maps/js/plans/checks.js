// @ts-check
/** The checks: errors block the approval, warnings need a word of explanation; a click goes to the place. */
import { get, post } from "../api.js";
import { element, toast } from "../dom.js";
import { icon } from "./icons.js";
import { refresher } from "./refresh.js";
import { button } from "./tools/options.js";

const MOST_SHOWN = 60;

/** @param {any} desk @param {any} body @param {() => boolean} isOpen @param {(n: number, mood: string) => void} count */
export function openChecks(desk, body, isOpen, count) {
  let told = /** @type {any} */ (null);
  /** @type {Map<string, string>} words typed and not kept yet, by check and subject */
  const typed = new Map();

  const asking = refresher(700, async (signal) => {
    body.setAttribute("aria-busy", "true");
    try {
      take(await get(`${desk.door}/findings`, {}, signal));
    } catch (error) {
      if (/** @type {Error} */ (error).name === "AbortError") throw error;
      body.replaceChildren(element("p", { class: "empty" }, /** @type {Error} */ (error).message));
    }
    body.setAttribute("aria-busy", "false");
  });

  /** @param {any} answer */
  function take(answer) {
    told = answer;
    const errors = told.findings.filter((/** @type {any} */ f) => f.severity === "error").length;
    count(told.hindrances, errors ? "error" : "warning");
    document.documentElement.dataset.hindrances = String(told.hindrances);
    desk.tell("findings", told);
    draw();
  }

  /** @param {any} finding */
  function go(finding) {
    desk.map.mark("lit", finding.cells);
    const bounds = desk.map.plan.bounds(finding.cells);
    if (finding.place) desk.map.flyTo(finding.place, 16.5);
    else if (bounds) desk.map.fly(bounds);
  }

  /** @param {any} finding */
  function remark(finding) {
    if (finding.severity !== "warning") return "";
    const id = `${finding.check} ${finding.subject}`;
    const input = element("input", { maxlength: 300, value: typed.get(id) ?? finding.remark ?? "", placeholder: gettext("Why it is right like this"), "aria-label": gettext("Word of explanation") });
    const keep = async () => {
      const words = input.value.trim();
      if (!words || words === finding.remark) return;
      try {
        take(await post(`${desk.door}/remarks`, { check: finding.check, subject: finding.subject, words }));
        typed.delete(id);
      } catch (error) {
        toast(/** @type {Error} */ (error).message, "bad");
      }
    };
    input.addEventListener("input", () => typed.set(id, input.value));
    input.addEventListener("change", keep);
    if (!desk.config.draws || !["drafting", "sent"].includes(desk.info.state)) return finding.remark ? element("p", { class: "remark" }, finding.remark) : "";
    return element("form", { class: `explain ${finding.remark ? "done" : ""}`, onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      keep();
    } }, finding.remark ? icon("good", 16) : "", input, button(gettext("Keep"), keep, { type: "submit" }));
  }

  /** @param {any} finding */
  const row = (finding) => element("li", { class: finding.severity, "data-check": finding.check },
    element("button", { type: "button", class: "finding", onclick: () => go(finding), disabled: !finding.place && !finding.cells.length },
      icon(finding.severity === "error" ? "error" : finding.remark ? "good" : "warning", 18), element("span", {}, finding.sentence), finding.place || finding.cells.length ? icon("target", 16) : ""),
    remark(finding));

  /** @param {string} severity @param {string} words @param {string} what */
  function group(severity, words, what) {
    const own = told.findings.filter((/** @type {any} */ f) => f.severity === severity);
    if (own.length === 0) return "";
    /** @type {Map<string, any[]>} */
    const byCheck = new Map();
    for (const finding of own) byCheck.set(finding.check, [...(byCheck.get(finding.check) ?? []), finding]);
    return element("section", { class: `findings ${severity}` }, element("h3", {}, words, element("b", {}, own.length)), element("p", { class: "hint" }, what),
      ...[...byCheck.values()].map((list) => element("details", { open: list.length <= 8 || severity === "error" }, element("summary", {}, list[0].name, element("span", { class: "hint" }, ` ${list.length}`)),
        element("ul", {}, ...list.slice(0, MOST_SHOWN).map(row), list.length > MOST_SHOWN ? element("li", { class: "hint" }, interpolate(gettext("… and %s more"), [list.length - MOST_SHOWN])) : ""))));
  }

  function draw() {
    if (body.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement && document.activeElement.value && typed.size) return;
    if (told.findings.length === 0) return body.replaceChildren(element("div", { class: "empty good" }, icon("checks", 34), element("strong", {}, gettext("All checks are passed")), element("p", {}, gettext("No gap, no overlap, nothing apart, nobody missing."))));
    body.replaceChildren(
      element("p", { class: `verdict ${told.hindrances ? "bad" : "good"}` }, told.hindrances
        ? interpolate(ngettext("%s finding stands against an approval.", "%s findings stand against an approval.", told.hindrances), [told.hindrances])
        : gettext("Nothing stands against an approval.")),
      group("error", gettext("Errors"), gettext("They block the approval.")),
      group("warning", gettext("Warnings"), gettext("Each needs a word of explanation, which stays with the plan.")));
  }

  body.append(element("p", { class: "empty" }, gettext("Checking …")));
  desk.on("edited", () => asking.soon());
  desk.on("loaded", () => asking.soon());
  return {
    shown() {
      if (told?.revision !== desk.revision && isOpen()) asking.now();
      else if (told) draw();
    },
  };
}
