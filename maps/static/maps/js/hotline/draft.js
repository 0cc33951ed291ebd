// @ts-check
/**
 * The call that is being taken: what was entered so far, and the key that makes it one case however often it is sent.
 * Kept in this tab's own storage, so that a reload loses nothing; never in the address. Another person's is not read.
 */
import { twoNumbers } from "../formats.js";

/**
 * @typedef {{x: number, y: number, crs: string, words?: string, kind?: string, code?: string, category?: string, accuracy?: number | null, confirmed?: boolean, lon?: number, lat?: number}} Place
 * @typedef {{key: string, begun: number, telephone: string, name: string, anonymous: boolean, said: string, typed: string, place: Place | null, class: string, condition: number | null, emergency: string, by_hand: boolean, state: "open" | "sent", result: any}} Call
 */

/** @returns {Call} */
export const fresh = () => ({ key: crypto.randomUUID(), begun: 0, telephone: "", name: "", anonymous: false, said: "", typed: "", place: null, class: "", condition: null, emergency: "", by_hand: false, state: "open", result: null });

/** Something kept in this tab. @param {string} name @param {any} none */
export function kept(name, none) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null") ?? none;
  } catch {
    return none;
  }
}

/** @param {string} name @param {any} value null: forget it */
export function keep(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A full or forbidden storage: the page itself still holds it.
  }
}

/** @param {string} me whose seat it is */
export function openDraft(me) {
  const name = `hotline-call:${me}`;
  /** @type {Call} */
  let call = { ...fresh(), ...kept(name, {}) };
  return {
    get call() {
      return call;
    },
    /** @param {Partial<Call>} changes */
    set(changes) {
      Object.assign(call, changes);
      if (!call.begun) call.begun = Date.now();
      keep(name, call);
    },
    /** The next call. @param {Call} [other] one that is taken up again */
    next(other) {
      call = other ?? fresh();
      keep(name, other ?? null);
    },
    /** Whether nothing was entered yet. */
    get empty() {
      return !(call.telephone || call.name || call.anonymous || call.said || call.typed || call.place || call.class || call.emergency);
    },
  };
}

/** Who calls, as the server reads it: of whom nothing is said, nothing is kept. @param {Call} call */
export function caller(call) {
  const name = call.name.trim(), telephone = call.telephone.trim();
  return { name, telephone, anonymous: !name && !telephone };
}

/** What was typed, where it is an address at all. @param {string} typed */
export const address = (typed) => (twoNumbers(typed) ? "" : typed.trim());
