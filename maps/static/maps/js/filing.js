// @ts-check
/** Two more clicks: the class, and the button that files the case and gives it to the owning community. */
import { Problem, post } from "./api.js";
import { conditionChoice } from "./conditions.js";
import { element, toast } from "./dom.js";
import { nameOf } from "./formats.js";

/**
 * The form of a new case at a place.
 * @param {any} place @param {any} answer @param {any} config @param {(number: string) => void} done
 */
export function filingForm(place, answer, config, done) {
  if (!config.may_file || answer.rule === "outside") return null;
  // One key for one form: a second click, or a resend after a lost answer, is the same case.
  const key = crypto.randomUUID();
  let chosen = /** @type {any} */ (null), condition = /** @type {number | null} */ (null);
  const conditions = element("div", {});
  const find = element("input", { type: "search", id: "class-words", placeholder: gettext("Class: type a word or a code"), "aria-label": gettext("Class"), autocomplete: "off" });
  const options = element("ul", { class: "classes", role: "listbox", hidden: true, "aria-label": gettext("Classes") });
  const chips = element("div", { class: "chips" }, ...config.frequent_classes.map((/** @type {any} */ c) => element("button", { type: "button", class: "chip", title: c.name, onclick: () => choose(c) }, c.name)));
  const words = element("textarea", { id: "case-words", rows: 2, maxlength: 2000, placeholder: gettext("What the caller says (optional)"), "aria-label": gettext("Words") });
  const button = element("button", { class: "primary", disabled: true, "data-test": "file" }, "");
  const note = element("p", { class: "hint", role: "status" });

  /** @param {any} c */
  function choose(c) {
    chosen = c;
    condition = null;
    const choice = conditionChoice(config.conditions[`${c.kind}-${c.code}`], null, (serial) => (condition = serial));
    conditions.replaceChildren(...(choice ? [choice] : []));
    find.value = `${c.code} ${c.name}`;
    options.hidden = true;
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip.textContent === c.name));
    button.disabled = false;
    button.focus({ preventScroll: true });
  }
  function matching() {
    const said = find.value.trim().toLowerCase();
    return config.classes.filter((/** @type {any} */ c) => !said || c.code.startsWith(said) || c.name.toLowerCase().includes(said) || c.name_zh.includes(said)).slice(0, 30);
  }
  function list() {
    options.replaceChildren(...matching().map((/** @type {any} */ c) => element("li", { role: "option", onmousedown: (e) => e.preventDefault(), onclick: () => choose(c) }, element("span", { class: "code" }, c.code), ` ${c.name}`)));
    options.hidden = !options.children.length;
  }
  find.addEventListener("input", () => {
    chosen = null;
    conditions.replaceChildren();
    button.disabled = true;
    list();
  });
  find.addEventListener("focus", list);
  find.addEventListener("blur", () => setTimeout(() => (options.hidden = true), 150));
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = matching()[0];
    if (first) choose(first);
  });

  async function file() {
    if (!chosen || button.disabled) return;
    button.disabled = true;
    button.textContent = gettext("Filing …");
    try {
      const filed = await post("/api/cases", {
        lon: place.x, lat: place.y, crs: place.crs, class: chosen.code, kind: chosen.kind, ...(condition !== null && { condition }), words: words.value, address: place.words ?? "", source: config.source, accuracy: place.accuracy ?? null, key,
      });
      const number = filed.number;
      await post(`/api/cases/${encodeURIComponent(number)}/dispatch`, {}).catch((error) => {
        // A resend finds it dispatched: that is what was wanted.
        if (!(error instanceof Problem) || error.body.error !== "already_done") throw error;
      });
      toast(interpolate(gettext("Case %(number)s is filed and dispatched to %(owner)s."), { number, owner: nameOf(answer.community) }, true), "good");
      done(number);
    } catch (error) {
      button.disabled = false;
      label();
      note.textContent = "";
      toast(error instanceof Problem ? `${error.message} ${error.body.hint ?? ""}` : gettext("No connection: nothing was lost, press the button again."), "bad");
    }
  }
  const label = () => (button.textContent = interpolate(gettext("File and dispatch to %s"), [nameOf(answer.community)]));
  label();
  const form = element("form", { class: "filing", id: "filing", autocomplete: "off" }, element("h3", {}, gettext("New case here")), element("div", { class: "class-field" }, find, options), chips, conditions, words, button, note);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    file();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      file();
    }
  });
  return form;
}
