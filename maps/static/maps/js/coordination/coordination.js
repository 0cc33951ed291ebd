// @ts-check
/** The page of a case's coordination: fetched, drawn, and drawn anew after each act and when somebody else did one. */
import { get, post } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { listen } from "../live.js";
import { knowUnits } from "./forms.js";
import { calling, drawn, parts } from "./sections.js";

const config = JSON.parse(byId("config").textContent);
const address = `/api/cases/${encodeURIComponent(config.number)}/coordination`;
const box = byId("coordination");
/** What a burst of events is gathered for. */
const GATHER_MS = 400;
let acting = false, asked = 0, gathering = 0;
/** What is drawn, as it was told. */
let shown = "";
/** One key an act, until it is done: a second click, or a resend after a lost answer, is the same act. @type {Map<string, string>} */
const keys = new Map();

/** @param {any} error */
function failed(error) {
  if (error.status === 401) location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
  else toast(error.message, "bad");
}

/** Fetch it anew and show it; if not `whole`, only what is new, and what is being written stays. @param {boolean} [whole] */
async function show(whole = true) {
  const mine = ++asked;
  try {
    const c = await get(address), news = JSON.stringify({ ...c, at: 0 });
    if (mine !== asked || (!whole && news === shown)) return;
    if (!whole && box.querySelector("form.act-form")) return toast(gettext("Somebody has changed something here meanwhile."), "plain", element("button", { class: "quiet", type: "button", onclick: () => show() }, gettext("Show it")));
    shown = news;
    draw(c);
  } catch (error) {
    if (mine !== asked) return;
    failed(error);
    box.setAttribute("aria-busy", "false");
  }
}

/** @param {any} c */
function draw(c) {
  const now = c.coordinations.filter((/** @type {any} */ one) => !one.ended_at);
  const past = c.coordinations.filter((/** @type {any} */ one) => one.ended_at);
  byId("chips").replaceChildren(
    element("span", { class: "chip stage-chip" }, config.stages[c.stage] ?? c.stage),
    ...(c.open_commitments ? [element("span", { class: "chip" }, interpolate(ngettext("%s open commitment", "%s open commitments", c.open_commitments), [c.open_commitments]))] : []),
    ...(c.late ? [element("span", { class: "chip late" }, "▲ ", interpolate(ngettext("%s overdue", "%s overdue", c.late), [c.late]))] : []));
  box.replaceChildren(...[
    calling(c, send),
    ...now.flatMap((/** @type {any} */ one) => drawn(one, c, config, send)),
    parts(c, config, send),
    past.length && element("details", { class: "past" }, element("summary", {}, interpolate(ngettext("%s earlier coordination", "%s earlier coordinations", past.length), [past.length])), ...past.flatMap((/** @type {any} */ one) => drawn(one, c, config, send))),
  ].filter(Boolean));
  box.setAttribute("aria-busy", "false");
  document.documentElement.dataset.ready = "yes";
}

/** Do an act; true where it is done. @param {string} act @param {Record<string, any>} given */
async function send(act, given) {
  const what = `${act} ${JSON.stringify(given)}`, key = keys.get(what) ?? crypto.randomUUID();
  keys.set(what, key);
  acting = true;
  try {
    const done = await post(address, { act, key, ...given });
    keys.delete(what);
    toast(act === "split" ? interpolate(gettext("Split off: case %s"), [done.made]) : gettext("Done."), "good");
    await show();
    return true;
  } catch (error) {
    // The server's answer is a decision: the next try is another act. Without one, it is the same.
    if (error.status) keys.delete(what);
    if (error.body?.error === "already_done") await show();
    const where = error.body?.where ?? {};
    const who = error.body?.error === "already_done" && where.by ? ` ${where.by}, ${new Date(where.at).toLocaleTimeString()}` : "";
    if (error.status === 401) failed(error);
    else toast(`${error.message}${who}${detail(error.body)}`, "bad");
    return false;
  } finally {
    acting = false;
  }
}

/** Where the sentence says little, the way out. @param {any} body */
const detail = (body) => (["bad_report", "bad_request"].includes(body?.error) ? ` ${body.detail} ${body.hint}` : "");

/** Somebody did something; our own act's echo brings nothing new. */
function look() {
  if (!acting) show(false);
}

get("/api/units").then((found) => knowUnits(found.units, byId("units")), failed);
show();
listen({
  case(told) {
    if (told.number && told.number !== config.number) return;
    gathering ||= setTimeout(() => {
      gathering = 0;
      look();
    }, GATHER_MS);
  },
  edition: look,
  refetch: look,
});
