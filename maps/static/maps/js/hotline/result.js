// @ts-check
/** What became of the call: on its way, waiting for the network, or done with its number; in an emergency the teams to send, and the way to the next. */
import { post } from "../api.js";
import { TITLE, teamList } from "../desk/emergency.js";
import { byId, element } from "../dom.js";

const DOUBLE_CLICK_MS = 500;

/** @param {any} draft @param {any} outbox @param {{next: () => void}} act */
export function openResult(draft, outbox, act) {
  const box = byId("result"), told = byId("told");
  let last = "", drawn = 0;

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
    drawn = performance.now();
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
      result.sent && element("p", { class: "result-more", "data-test": "team-sent" }, interpolate(gettext("%s is on its way."), [result.sent])),
      result.teams && element("p", { class: "hint" }, TITLE()),
      result.teams && teamList(result.teams, (team, event) => meant(event) && send(team)),
    ].filter(Boolean);
  }
  /** @param {any} team */
  async function send(team) {
    const { key, result } = draft.call;
    for (const button of box.querySelectorAll("button")) button.disabled = true;
    // One key a call and team: a second click, or a resend after a lost answer, sends it once.
    const done = await post(`/api/cases/${encodeURIComponent(result.number)}/acts`, { act: "send_team", team: team.id, key: `${key}-${team.id}` }).catch((error) => error);
    if (draft.call.key !== key) return;
    if (done instanceof Error) {
      for (const button of box.querySelectorAll("button")) button.disabled = false;
      return tell(done.message, true);
    }
    tell("");
    draft.set({ result: { ...result, stage: done.stage, sent: team.name, teams: null } });
    draw();
  }
  /** The first team, by its key; false where none waits to be sent. */
  function sendNearest() {
    const first = /** @type {HTMLButtonElement | null} */ (box.querySelector(".teams .primary:not(:disabled)"));
    if (!first) return false;
    first.click();
  }
  // These buttons stand where the one was that filed: the second click of a double one is not meant for them.
  const meant = (/** @type {MouseEvent} */ event) => event.detail === 0 || performance.now() - drawn > DOUBLE_CLICK_MS;
  function next() {
    return element("button", { type: "button", class: draft.call.result.teams ? "quiet" : "primary", id: "next", onclick: (/** @type {MouseEvent} */ event) => meant(event) && act.next() }, element("span", {}, gettext("Next call")), element("kbd", {}, "Esc"));
  }
  return { tell, settled, draw, sendNearest };
}
