// @ts-check
/** The class of the call: what the words suggest, with how likely it is; else found by a word or a code. */
import { get } from "../api.js";
import { conditionChoice } from "../conditions.js";
import { byId, element } from "../dom.js";
import { nameOf } from "../formats.js";
import { limitWords, limitsOf } from "./limits.js";

const QUIET_MS = 250, MOST_LISTED = 30, MOST_READ = 1000;
// The first suggestion is taken by itself where it is likelier than all others together.
const LIKELY = 0.5;

/** @param {any} one a class or a suggestion */
export const idOf = (one) => `${one.kind}-${one.code}`;

/** What the model may read: numbers as long as a telephone's stay here. @param {string} words */
const readable = (words) => words.replace(/\d{5,}/g, " ").trim().slice(0, MOST_READ);

/** @param {any} config @param {any} draft @param {{changed: () => void}} tell */
export function openClasses(config, draft, tell) {
  const classes = new Map(config.classes.map((/** @type {any} */ c) => [idOf(c), c]));
  const find = /** @type {any} */ (element("input", { type: "search", id: "class-words", role: "combobox", maxlength: 60, placeholder: gettext("Type a word or a code"), "aria-label": gettext("Class"), "aria-controls": "classes", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off" }));
  const list = element("ul", { class: "classes", id: "classes", role: "listbox", hidden: true, "aria-label": gettext("Classes") });
  byId("class-field").append(find, list);
  let at = 0, timer = 0, asked = /** @type {AbortController | null} */ (null), heard = "";
  let told = /** @type {any} */ ({ model: null, suggestions: [] });

  const chosen = () => classes.get(draft.call.class) ?? null;
  const words = (/** @type {any} */ c) => `${c.code} ${c.name}`;

  function matching() {
    const said = find.value.trim().toLowerCase();
    if (!said || (chosen() && said === words(chosen()).toLowerCase())) return [...config.frequent.map((/** @type {string} */ id) => classes.get(id)).filter(Boolean), ...config.classes.filter((/** @type {any} */ c) => !config.frequent.includes(idOf(c)))].slice(0, MOST_LISTED);
    return config.classes.filter((/** @type {any} */ c) => c.code.startsWith(said) || c.name.toLowerCase().includes(said) || c.name_zh.includes(said)).slice(0, MOST_LISTED);
  }
  function close() {
    list.hidden = true;
    find.setAttribute("aria-expanded", "false");
  }
  function drawList() {
    const found = matching();
    at = Math.min(at, Math.max(0, found.length - 1));
    list.replaceChildren(
      ...found.map((/** @type {any} */ c, /** @type {number} */ i) => element("li", { role: "option", id: `class-${i}`, "aria-selected": String(i === at), onmousedown: (/** @type {any} */ e) => e.preventDefault(), onclick: () => take(idOf(c)) }, element("span", { class: "code" }, c.code), element("span", {}, c.name))),
      ...(found.length ? [] : [element("li", { class: "note" }, gettext("No class is called that."))]),
    );
    list.hidden = false;
    find.setAttribute("aria-expanded", "true");
    find.setAttribute("aria-activedescendant", found.length ? `class-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }
  /** @param {string} id @param {{by_hand?: boolean}} [how] */
  function take(id, { by_hand = true } = {}) {
    draft.set({ class: id, by_hand, ...(id !== draft.call.class && { condition: null }) });
    find.value = chosen() ? words(chosen()) : "";
    close();
    draw();
    tell.changed();
  }
  function draw() {
    const { model, suggestions } = told;
    byId("suggested").replaceChildren(
      ...suggestions.map((/** @type {any} */ one, /** @type {number} */ i) =>
        element("button", { type: "button", class: "suggestion", "aria-pressed": String(draft.call.class === idOf(one)), onclick: () => take(idOf(one)), style: `--share:${(one.probability * 100).toFixed(1)}%` },
          element("kbd", {}, i + 1), element("span", { class: "name" }, nameOf(one)), element("span", { class: "share" }, share(one.probability)))),
      ...(model && suggestions.length ? [element("p", { class: "hint model" }, accuracy(model))] : []),
    );
    const here = chosen();
    const limit = here ? limitWords(limitsOf(here, draft.call.condition)) : "";
    const choice = conditionChoice(here?.conditions, draft.call.condition, (serial) => {
      draft.set({ condition: serial });
      draw();
      byId("class-told").querySelector("select")?.focus();
    });
    byId("class-told").replaceChildren(...(choice ? [choice] : []), limit ? interpolate(gettext("To be handled within %s"), [limit]) : "");
  }
  /** Whether the suggestions are still those of other words. @param {boolean} yes */
  const busy = (yes) => byId("suggested").setAttribute("aria-busy", String(yes));
  async function suggest() {
    const asking = readable(draft.call.said);
    if (asking === heard) return busy(false);
    heard = asking;
    asked?.abort();
    asked = new AbortController();
    if (!asking) told = { model: null, suggestions: [] };
    else
      try {
        told = await get("/api/suggest", { words: asking }, asked.signal);
      } catch (error) {
        if (error.name === "AbortError") return;
        heard = "";
        told = { model: null, suggestions: [] };
      }
    const best = told.suggestions[0];
    if (!draft.call.by_hand && draft.call.state === "open") take(best && best.probability > LIKELY && classes.has(idOf(best)) ? idOf(best) : "", { by_hand: false });
    else draw();
    if (asking === readable(draft.call.said)) busy(false);
  }

  find.addEventListener("input", () => {
    at = 0;
    if (draft.call.class) draft.set({ class: "", by_hand: true });
    if (!find.value.trim()) draft.set({ by_hand: false });
    drawList();
    draw();
    tell.changed();
  });
  find.addEventListener("focus", () => find.select());
  find.addEventListener("click", drawList);
  find.addEventListener("blur", () => {
    close();
    if (chosen()) find.value = words(chosen());
  });
  find.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const count = matching().length;
      if (list.hidden) at = 0;
      else if (count) at = (at + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      drawList();
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      takeTyped();
    }
  });
  /** What stands in the field, where it means a class. */
  function takeTyped() {
    if (draft.call.class && list.hidden) return;
    const found = matching()[at];
    if (found && (find.value.trim() || !list.hidden)) take(idOf(found));
  }
  byId("said").addEventListener("input", () => {
    clearTimeout(timer);
    busy(true);
    timer = window.setTimeout(suggest, QUIET_MS);
  });
  return {
    chosen,
    take,
    takeTyped,
    /** The n-th suggestion, if there is one. @param {number} n */
    takeSuggestion(n) {
      const one = told.suggestions[n];
      if (!one) return false;
      take(idOf(one));
      return true;
    },
    clear() {
      // What is still on its way was for the call before.
      clearTimeout(timer);
      asked?.abort();
      busy(false);
      heard = "";
      told = { model: null, suggestions: [] };
      find.value = "";
      draw();
    },
    restore() {
      if (chosen()) find.value = words(chosen());
      draw();
      suggest();
    },
  };
}

/** @param {number} probability */
const share = (probability) => (probability > 0.995 ? ">99 %" : `${Math.round(probability * 100)} %`);

/** @param {any} model */
function accuracy(model) {
  if (model.top1 === null) return "";
  const percent = (/** @type {number} */ part) => `${(part * 100).toFixed(part > 0.99 && part < 1 ? 1 : 0)} %`;
  return interpolate(gettext("On %(held_out)s cases kept apart: first right %(top1)s, among three %(top3)s"), { held_out: model.held_out, top1: percent(model.top1), top3: percent(model.top3) }, true);
}
