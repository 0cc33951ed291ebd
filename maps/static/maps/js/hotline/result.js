// @ts-check
/** What became of the call: on its way, waiting for the network, or done with its number; and the way to the next. */
import { byId, element } from "../dom.js";

const DOUBLE_CLICK_MS = 500;

/** @param {any} draft @param {any} outbox @param {{next: () => void}} act */
export function openResult(draft, outbox, act) {
  const box = byId("result"), told = byId("told");
  let last = "";

  /** @param {string} words @param {boolean} [bad] */
  function tell(words, bad = false) {
    told.textContent = words;
    told.classList.toggle("bad", bad);
  }
  /** Nothing is missing any more: the words that said so go. */
  function settled() {
    if (!told.classList.contains("bad")) told.textContent = "";
  }
  function draw() {
    const { state, result, key } = draft.call;
    const open = state === "open" || !result;
    const stands = open ? "open" : result.done ? "done" : waits(key) ? "waiting" : "sending";
    // Each try to send tells anew: what is shown already keeps its focus.
    const shown = JSON.stringify([key, stands, outbox.needs_login, result]);
    if (shown === last) return;
    last = shown;
    byId("seat").dataset.state = stands;
    byId("call").disabled = !open;
    byId("file").hidden = !open;
    box.hidden = open;
    if (open) return box.replaceChildren();
    const settled = result.done || waits(key);
    box.replaceChildren(...words(result, key), ...(settled ? [next()] : []));
    if (settled) /** @type {any} */ (box.querySelector("button"))?.focus({ preventScroll: true });
  }
  /** Whether the first try to send it failed. @param {string} key */
  const waits = (key) => outbox.items.some((/** @type {any} */ item) => item.key === key && item.lost);

  /** @param {any} result @param {string} key */
  function words(result, key) {
    if (!result.done) {
      if (!waits(key)) return [element("p", { class: "result-line" }, gettext("Sending …"))];
      return [
        element("p", { class: "result-line", "data-test": "waiting" }, element("strong", {}, outbox.needs_login ? gettext("Your session has ended: the call is kept here") : gettext("No connection: the call is kept here"))),
        element("p", { class: "hint" }, outbox.needs_login ? element("a", { href: `/login/?next=${encodeURIComponent(location.pathname)}` }, gettext("Log in again, and it is sent.")) : gettext("It is sent once, as soon as the server answers; also after a reload. You may take the next call.")),
      ];
    }
    const lead = result.joined ? gettext("Joined to case") : result.stage === "dispatched" ? gettext("Filed and dispatched") : gettext("Filed");
    const more = [result.joined && result.class, result.callers && interpolate(ngettext("%s caller", "%s callers", result.callers), [result.callers]), result.owner, result.limit && interpolate(gettext("to be handled within %s"), [result.limit])].filter(Boolean).join(" · ");
    return [
      element("p", { class: "result-line" }, element("span", { class: "hint" }, lead), element("strong", { class: "number", "data-test": "number" }, result.number)),
      more && element("p", { class: "result-more" }, more),
      result.note && element("p", { class: "result-note" }, result.note),
    ].filter(Boolean);
  }
  function next() {
    const shown = performance.now();
    // It stands where the button was that filed: the second click of a double one is not meant for it.
    const meant = (/** @type {MouseEvent} */ event) => event.detail === 0 || performance.now() - shown > DOUBLE_CLICK_MS;
    return element("button", { type: "button", class: "primary", id: "next", onclick: (/** @type {MouseEvent} */ event) => meant(event) && act.next() }, element("span", {}, gettext("Next call")), element("kbd", {}, "Esc"));
  }
  return { tell, settled, draw };
}
