// @ts-check
/**
 * Calls on their way: each is written down in this tab before it is sent for the first time, and struck out when the
 * server has it. A lost network or database sends it again, with the same key, so that it is one case.
 */
import { Problem, get, isAway, post } from "../api.js";
import { keep, kept } from "./draft.js";

const LONGEST_WAIT_MS = 12000;
const PAUSES_S = [2, 3, 5, 8, 15];

/**
 * @typedef {{key: string, kind: "file" | "join", body: any, number: string, call: any, at: number, words: any, lost?: boolean, refused?: string}} Item
 * @typedef {{number: string, stage: string, joined: boolean, note: string, owner: any, callers?: number, teams?: any[]}} Sent
 */

/** @param {Item} item @returns {Promise<Sent>} */
async function deliver(item) {
  const within = () => AbortSignal.timeout(LONGEST_WAIT_MS);
  if (item.kind === "join") {
    const joined = await post(`/api/cases/${encodeURIComponent(item.number)}/join`, item.body, within());
    return { number: item.number, stage: joined.stage, joined: true, note: "", owner: null, callers: joined.callers };
  }
  const filed = await post("/api/cases", item.body, within()).catch((error) => {
    // The first answer was lost and the words were changed since: the case is there.
    if (error instanceof Problem && error.body.where?.field === "idempotency_key" && error.body.where.number) return { number: error.body.where.number };
    throw error;
  });
  item.number = filed.number;
  if (item.body.emergency) {
    // Handle first: what comes next is which team, at once; only where nobody is on duty it goes the usual way.
    const stands = await get(`/api/cases/${encodeURIComponent(filed.number)}/acts`, {}, within());
    const teams = stands.acts.find((/** @type {any} */ open) => open.act === "send_team")?.teams ?? [];
    if (teams.length) return { number: filed.number, stage: stands.stage, joined: false, note: "", owner: filed.owner, teams };
  }
  try {
    const given = await post(`/api/cases/${encodeURIComponent(filed.number)}/dispatch`, {}, within());
    return { number: filed.number, stage: given.stage, joined: false, note: "", owner: given.owner };
  } catch (error) {
    if (isAway(error)) throw error;
    // A resend finds it dispatched: that is what was wanted.
    const done = error.body.error === "already_done" || error.body.where?.stage === "dispatched";
    return { number: filed.number, stage: done ? "dispatched" : filed.stage, joined: false, note: done ? "" : error.message, owner: filed.owner };
  }
}

/** @param {string} me @param {{sent: (item: Item, sent: Sent) => void, refused: (item: Item, error: any) => void, changed: () => void}} tell */
export function openOutbox(me, tell) {
  const name = `hotline-outbox:${me}`;
  /** @type {Item[]} */
  let items = kept(name, []);
  let running = false, timer = 0, tries = 0, needs_login = false;

  function write() {
    keep(name, items.length ? items : null);
    tell.changed();
  }
  /** Send what waits, one after the other. */
  async function run() {
    if (running) return;
    running = true;
    clearTimeout(timer);
    try {
      for (const item of items.filter((waiting) => !waiting.refused)) {
        try {
          const sent = await deliver(item);
          needs_login = false;
          tries = 0;
          items = items.filter((other) => other !== item);
          write();
          tell.sent(item, sent);
        } catch (error) {
          if (isAway(error)) {
            needs_login = error.status === 401;
            item.lost = true;
            timer = window.setTimeout(run, PAUSES_S[Math.min(tries, PAUSES_S.length - 1)] * 1000);
            tries += 1;
            write();
            return;
          }
          item.refused = `${error.message} ${error.body.hint ?? ""}`.trim();
          write();
          tell.refused(item, error);
        }
      }
    } finally {
      running = false;
    }
    if (items.some((waiting) => !waiting.refused)) run();
  }
  window.addEventListener("online", run);
  return {
    /** @param {Item} item */
    put(item) {
      if (items.some((other) => other.key === item.key)) return;
      items.push(item);
      write();
      run();
    },
    /** Take one out, to change it. @param {Item} item */
    take(item) {
      items = items.filter((other) => other !== item);
      write();
    },
    run,
    get items() {
      return items;
    },
    get needs_login() {
      return needs_login;
    },
  };
}
