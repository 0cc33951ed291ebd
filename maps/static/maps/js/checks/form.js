// @ts-check
/** One check: the cell on the map and how far it is, the photo of it, and the problems found there, or none. */
import { element, toast } from "../dom.js";
import { distance, nameOf } from "../formats.js";
import { navigation } from "../officer/case_map.js";
import { camera, picture } from "../officer/photos.js";
import { metresToCell } from "./ground.js";

/**
 * @param {any} check @param {any} config
 * @param {{map: any, position: import("../officer/position.js").Position, send: (given: {fields: Record<string, string>, files: any[]}) => Promise<void>}} how
 * @returns {{parts: any[], moved: () => void}}
 */
export function drawCheck(check, config, { map, position, send }) {
  let proof = /** @type {any} */ (null);
  const found = /** @type {{kind: any, words: any, files: any[], card: any, shown: any}[]} */ ([]);
  const where = element("p", { class: "standing", role: "status", "data-test": "standing" });
  const taken = element("div", { class: "photos" }), problems = element("div", { class: "problems" });
  const note = element("textarea", { id: "note", rows: 2, maxlength: 1000, "data-test": "note" });
  const hint = element("p", { class: "form-hint" });
  const button = element("button", { type: "button", class: "big", "data-test": "send", onclick: give });

  /** @param {any} file @param {() => void} drop */
  const shot = (file, drop) => element("figure", { class: "photo" }, picture(file), element("button", { type: "button", class: "drop", "aria-label": gettext("Remove this photo"), onclick: drop }, "×"));

  function add() {
    const id = `kind-${found.length}-${Date.now()}`;
    const kind = element("select", { id, "data-test": "class", onchange: draw }, element("option", { value: "" }, gettext("What kind of problem is it?")), ...config.classes.map((/** @type {any} */ k) => element("option", { value: k.key }, nameOf(k))));
    const chips = config.frequent_classes.slice(0, 4).map((/** @type {any} */ k) => element("button", { type: "button", class: "chip", onclick: () => {
      kind.value = k.key;
      draw();
    } }, nameOf(k)));
    const words = element("textarea", { id: `words-${id}`, rows: 2, maxlength: 1000, "data-test": "words" });
    const one = { kind, words, files: [], card: element("section", { class: "card problem-found" }), shown: element("div", { class: "photos" }) };
    one.card.append(
      element("header", {}, element("label", { for: id }, gettext("Problem")), element("button", { type: "button", class: "small", "aria-label": gettext("Remove this problem"), onclick: () => {
        found.splice(found.indexOf(one), 1);
        one.card.remove();
        draw();
      } }, gettext("Remove"))),
      kind, element("div", { class: "chip-row" }, ...chips), element("label", { class: "field", for: `words-${id}` }, gettext("In words")), words, one.shown);
    found.push(one);
    problems.append(one.card);
    draw();
    kind.focus();
  }

  /** @param {{files: any[], shown: any}} one */
  function drawShots(one) {
    const taker = camera("found", config, (file) => {
      if (one.files.length >= config.photos_most_at_once) toast(interpolate(gettext("At most %s photos at once."), [config.photos_most_at_once]), "bad");
      else one.files.push(file);
      draw();
    }, gettext("Photo"));
    one.shown.replaceChildren(...one.files.map((file, k) => shot(file, () => {
      one.files.splice(k, 1);
      draw();
    })), taker);
  }

  function lacks() {
    if (!proof) return gettext("Take a photo of the place.");
    if (found.some((one) => !one.kind.value)) return gettext("Say what kind of problem it is.");
    return "";
  }

  function draw() {
    const again = camera("proof", config, (file) => {
      proof = file;
      draw();
    }, proof ? gettext("Another") : gettext("Photo of the place"));
    taken.replaceChildren(...(proof ? [shot(proof, () => {
      proof = null;
      draw();
    })] : []), again);
    found.forEach(drawShots);
    hint.textContent = lacks();
    button.disabled = Boolean(lacks());
    button.textContent = found.length ? interpolate(ngettext("Send %s problem", "Send %s problems", found.length), [found.length]) : gettext("Nothing found: send");
    button.classList.toggle("second", found.length === 0);
  }

  function moved() {
    const here = position.now;
    const metres = here ? metresToCell(here, check.ring) : null;
    where.classList.toggle("there", metres === 0);
    where.replaceChildren(metres === null
      ? position.refused ? gettext("The phone does not tell where it is: allow it in the phone's settings.") : gettext("Waiting for the phone to know where it is…")
      : metres === 0 ? gettext("You are in the cell.") : interpolate(gettext("%s to the cell"), [distance(metres)]));
    map.stand(here);
  }

  async function give() {
    if (lacks()) return draw();
    button.disabled = true;
    const files = [{ ...proof, kind: "proof" }, ...found.flatMap((one, k) => one.files.map((file) => ({ ...file, kind: `found-${k}` })))];
    const told = found.map((one) => ({ class: one.kind.value, words: one.words.value.trim() }));
    await send({ fields: { ...position.fields(), note: note.value.trim(), found: JSON.stringify(told) }, files });
  }

  draw();
  moved();
  const parts = [
    element("header", { class: "case-page-head" },
      element("a", { class: "back", href: "#", "aria-label": gettext("Back") }, "‹"),
      element("div", {}, element("h1", {}, check.cell), element("p", { class: "hint" }, `${nameOf(check.unit)} · ${interpolate(gettext("due by %s"), [check.until])}`))),
    map.box,
    element("div", { class: "where" }, where, element("a", { class: "navigate", href: navigation({ lon: check.lon, lat: check.lat, number: check.cell }) }, gettext("Lead me there"))),
    element("h2", {}, gettext("Photo of the place")),
    taken,
    element("h2", {}, gettext("What was found")),
    problems,
    element("button", { type: "button", class: "small wide-button", "data-test": "add", onclick: add }, gettext("Add a problem")),
    element("label", { class: "field", for: "note" }, gettext("Remark")),
    note,
    element("nav", { class: "thumb", "aria-label": gettext("Send") }, hint, button),
  ];
  return { parts, moved };
}
