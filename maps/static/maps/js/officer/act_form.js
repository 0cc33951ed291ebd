// @ts-check
/** What must be given with an act: a reason, photos, a finding; or what was found and put right on the spot. */
import { element, toast } from "../dom.js";
import { distance, nameOf } from "../formats.js";
import { KINDS, camera, kindWords, picture } from "./photos.js";
import { hasAfter } from "./standing.js";

const UPWARD = new Set(["escalate", "to_own_unit"]);
const REASON = new Set(["return", "ask_help", "ask_extension", ...UPWARD]);
const AT_ONCE = new Set(["take_on"]);

/** Whether an act needs nothing but the touch. @param {string} name */
export const isPlain = (name) => AT_ONCE.has(name);

/** @param {string} name @param {any} c @param {any} config */
function photoNeeded(name, c, config) {
  if (name === "fix_on_spot") return true;
  return name === "handle" && config.officer && config.photo_needed && !hasAfter(c);
}

/** @param {any} c @param {string} name */
const kindsOf = (c, name) => (name === "fix_on_spot" || name === "handle" ? KINDS : name === "verify" || REASON.has(name) ? [KINDS[0]] : []);

/**
 * @param {any} c the case, or null for what was fixed without one @param {string} name @param {any} config
 * @param {{back: string, position: import("./position.js").Position, send: (given: {fields: Record<string, string>, files: any[]}) => Promise<void>}} how
 */
export function drawForm(c, name, config, { back, position, send }) {
  const files = /** @type {import("./store.js").Kept[]} */ ([]);
  const taken = element("div", { class: "photos" });
  const cameras = kindsOf(c, name).map((kind) => camera(kind, config, (file) => {
    if (files.length >= config.photos_most_at_once) toast(interpolate(gettext("At most %s photos at once."), [config.photos_most_at_once]), "bad");
    else files.push(file);
    draw();
  }));
  const reason = REASON.has(name);
  const note = element("textarea", { rows: c ? 4 : 3, maxlength: 1000, id: "note", "data-test": "note", placeholder: c ? (reason ? gettext("Why it is so") : gettext("Remark, if any")) : gettext("What was it, and what did you do") });
  // What goes upward says what was done meanwhile so that nobody comes to harm.
  const measure = UPWARD.has(name) ? element("textarea", { rows: 3, maxlength: 1000, id: "measure", "data-test": "measure", placeholder: gettext("Fenced off, warned, propped up…") }) : null;
  const kinds = c ? null : classes(config);
  const found = /** @type {{value: string}} */ ({ value: "" });
  const hint = element("p", { class: "form-hint", role: "status" });
  const button = element("button", { type: "button", class: "big", "data-test": "send", onclick: give }, config.acts[name] ?? name);

  function lacks() {
    if (photoNeeded(name, c ?? {}, config) && !files.some((file) => file.kind === "after")) return gettext("Take a photo after the work.");
    if (reason && !note.value.trim()) return gettext("Say why.");
    if (measure && !measure.value.trim()) return gettext("Say what you did meanwhile so that nobody comes to harm.");
    if (name === "verify" && !found.value) return gettext("Say whether it is so.");
    if (!c && !note.value.trim()) return gettext("Say what it was.");
    if (!c && !position.fields().lon) return position.refused ? gettext("The phone does not tell where it is: allow it in the phone's settings.") : gettext("Waiting for the phone to know where it is…");
    return "";
  }
  function draw() {
    taken.replaceChildren(
      ...files.map((file, n) => element("figure", { class: "photo" }, picture(file), element("figcaption", {}, kindWords(file.kind)), element("button", { type: "button", class: "drop", "aria-label": gettext("Remove this photo"), onclick: () => {
        files.splice(n, 1);
        draw();
      } }, "×"))),
      ...cameras);
    hint.textContent = lacks();
    button.disabled = Boolean(lacks());
  }
  async function give() {
    if (lacks()) return draw();
    button.disabled = true;
    const fields = /** @type {Record<string, string>} */ ({ ...position.fields() });
    const text = note.value.trim();
    if (measure) fields.measure = measure.value.trim();
    if (name === "finish_part" && c?.part) fields.part = String(c.part.part);
    if (c) fields.note = text;
    else Object.assign(fields, { words: text, class: kinds?.value() ?? "" });
    if (found.value) fields.found = found.value;
    await send({ fields, files });
  }
  note.addEventListener("input", draw);
  measure?.addEventListener("input", draw);
  position.moved = draw;
  if (!c) position.follow();
  draw();
  return [
    element("header", { class: "case-page-head" },
      element("a", { class: "back", href: back, "aria-label": gettext("Back") }, "‹"),
      element("div", {}, element("h1", {}, config.acts[name] ?? name), element("p", { class: "hint" }, c ? `${nameOf(c.class)} · ${c.number}` : where(position)))),
    name === "verify" && truth(found, draw),
    name === "finish_part" && c?.part && element("p", { class: "card" }, interpolate(gettext("Part %(part)s of %(of)s: %(name)s"), { part: c.part.part, of: c.part.of, name: c.part.name || gettext("without a name") }, true)),
    cameras.length > 0 && element("h2", {}, gettext("Photos")),
    cameras.length > 0 && taken,
    element("label", { class: "field", for: "note" }, c ? (reason ? gettext("Reason") : gettext("Remark")) : gettext("In words")),
    note,
    measure && element("label", { class: "field", for: "measure" }, gettext("Done meanwhile")),
    measure,
    kinds?.field,
    element("nav", { class: "thumb" }, hint, button),
  ];
}

/** @param {import("./position.js").Position} position */
const where = (position) => (position.now ? interpolate(gettext("Here, ± %s"), [distance(position.now.accuracy_m)]) : "");

/** @param {{value: string}} found @param {() => void} changed */
function truth(found, changed) {
  const choice = (/** @type {string} */ value, /** @type {string} */ words) =>
    element("label", { class: "choice" }, element("input", { type: "radio", name: "found", value, onchange: () => {
      found.value = value;
      changed();
    } }), words);
  return element("fieldset", { class: "choices" }, element("legend", {}, gettext("Is it as reported?")), choice("true", gettext("Yes, it is so")), choice("false", gettext("No, nothing of it")));
}

/** @param {any} config */
function classes(config) {
  const select = element("select", { id: "class" }, element("option", { value: "" }, gettext("Class not named")), ...config.classes.map((/** @type {any} */ k) => element("option", { value: k.key }, nameOf(k))));
  const chips = config.frequent_classes.slice(0, 6).map((/** @type {any} */ k) => element("button", { type: "button", class: "chip", onclick: () => (select.value = k.key) }, nameOf(k)));
  return { value: () => select.value, field: element("div", {}, element("label", { class: "field", for: "class" }, gettext("Class")), select, element("div", { class: "chip-row" }, ...chips)) };
}
