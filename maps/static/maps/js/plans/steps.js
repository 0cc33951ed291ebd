// @ts-check
/** What was done to the plan, the newest first; a click shows where. */
import { get } from "../api.js";
import { element } from "../dom.js";
import { age } from "../formats.js";
import { icon } from "./icons.js";
import { refresher } from "./refresh.js";
import { button } from "./tools/options.js";
import { kindWords, moment } from "./words.js";

/** @param {any} desk @param {any} body @param {() => boolean} isOpen */
export function openSteps(desk, body, isOpen) {
  const asking = refresher(150, async (signal) => draw((await get(`${desk.door}/steps`, {}, signal)).steps));

  /** @param {any} step */
  function row(step) {
    const what = step.kind ? kindWords(step.kind) : step.verb_name;
    const back = { undo: gettext("undone"), redo: gettext("redone") }[/** @type {string} */ (step.verb)];
    return element("li", { class: `step ${step.verb}`, "data-revision": step.revision },
      element("button", { type: "button", disabled: !step.keys.length, onclick: () => {
        desk.map.mark("lit", step.keys);
        const bounds = desk.map.plan.bounds(step.keys);
        if (bounds) desk.map.fly(bounds);
      } },
        element("span", { class: "what" }, back ? `${what} · ${back}` : what),
        element("span", { class: "hint" }, [step.by, step.cells ? interpolate(ngettext("%s cell", "%s cells", step.cells), [step.cells]) : ""].filter(Boolean).join(" · ")),
        element("time", { class: "hint", datetime: step.at, title: moment(step.at) }, age(step.at))));
  }

  /** @param {any[]} steps */
  function draw(steps) {
    const { canUndo, canRedo } = desk.map.plan;
    const bar = desk.mayDraw ? element("div", { class: "steps-bar" }, button(gettext("Undo"), () => desk.undo(), { disabled: !canUndo }), button(gettext("Redo"), () => desk.redo(), { disabled: !canRedo }), element("span", { class: "hint" }, gettext("Every step is kept on the server; closing the browser loses nothing."))) : "";
    body.replaceChildren(bar, steps.length ? element("ol", { class: "steps" }, ...steps.map(row)) : element("div", { class: "empty" }, icon("steps", 34), element("strong", {}, gettext("No step yet")), element("p", {}, gettext("Everything that is done to the plan will stand here, with who and when."))));
  }

  const again = () => isOpen() && asking.soon();
  desk.on("edited", again);
  desk.on("loaded", again);
  return { shown: () => void asking.now() };
}
