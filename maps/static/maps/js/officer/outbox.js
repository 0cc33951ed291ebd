// @ts-check
/**
 * The outbox: an act is kept before anything else happens, sent when there is a network, and forgotten only when the
 * server has answered. Its key goes with every attempt, so that the server does it once however often it is sent.
 */
import { Problem, postForm } from "../api.js";

const AGAIN_MS = 15_000;
// What may go another way at the next attempt: the act waits on. Anything else is the server's last word.
const LATER = new Set([401, 408, 429, 500, 502, 503, 504]);

/** A key for one act, also where the page is not served securely. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The form in which an item is sent. @param {import("./store.js").Item} item @param {number} user */
export function formOf(item, user) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ key: item.key, act: item.act, number: item.number, done_at: item.made_at, as: String(user), ...item.fields })) form.set(name, value);
  for (const file of item.files) form.append(file.kind, new Blob([file.bytes], { type: file.type }), file.name);
  return form;
}

export class Outbox {
  /**
   * @param {import("./store.js").Store} store @param {number} user
   * @param {{changed: () => void, sent: (item: import("./store.js").Item, answer: any) => void, refused: (item: import("./store.js").Item) => void, login: () => void}} tell
   * @param {{address?: string, of?: string}} [where] the door that takes the acts, and whose outbox it is, where it is not the officer's
   */
  constructor(store, user, tell, { address = "/api/my/acts", of = "" } = {}) {
    this.store = store;
    this.user = user;
    this.tell = tell;
    this.address = address;
    this.lock = of ? `wanmi-outbox-${of}-${user}` : `wanmi-outbox-${user}`;
    this.timer = 0;
    this.last = 0;
  }

  /** Keep an act, then try to send. @param {{act: string, number: string, fields?: Record<string, string>, files?: import("./store.js").Kept[]}} act */
  async add({ act, number, fields = {}, files = [] }) {
    // Two in one millisecond still have an order.
    this.last = Math.max(Date.now(), this.last + 1);
    await this.store.put({ key: newKey(), act, number, fields, files, made_at: new Date().toISOString(), order: this.last, state: "waiting" });
    this.tell.changed();
    this.flush();
  }

  /** Try a refused act again, as it is. @param {import("./store.js").Item} item */
  async again(item) {
    delete item.problem;
    await this.store.put({ ...item, state: "waiting" });
    this.tell.changed();
    await this.flush();
  }

  /** @param {string} key */
  async forget(key) {
    await this.store.drop(key);
    this.tell.changed();
  }

  /** Send what waits, in order, one at a time in all tabs together. */
  async flush() {
    if (navigator.locks) return navigator.locks.request(this.lock, { ifAvailable: true }, (lock) => (lock ? this.#send() : this.#soon()));
    if (this.sending) return this.#soon();
    this.sending = true;
    try {
      await this.#send();
    } finally {
      this.sending = false;
    }
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), AGAIN_MS);
  }

  async #send() {
    clearTimeout(this.timer);
    const stuck = new Set();
    for (;;) {
      // Read anew each time: something may have been entered meanwhile.
      const items = await this.store.items();
      for (const item of items) if (item.state === "refused" && item.number) stuck.add(item.number);
      const next = items.find((item) => item.state === "waiting" && !stuck.has(item.number || item.key));
      if (!next) return;
      if (!navigator.onLine) return this.#soon();
      try {
        const answer = await postForm(this.address, formOf(next, this.user));
        await this.store.drop(next.key);
        this.tell.sent(next, answer);
      } catch (error) {
        if (!(error instanceof Problem)) return this.#soon(); // no network, or it went away on the way
        if (error.status === 401) this.tell.login();
        if (LATER.has(error.status) || error.body.error === "no_token") return this.#soon();
        const problem = { sentence: error.message, detail: error.body.detail ?? "", error: error.body.error ?? "", at: new Date().toISOString(), where: error.body.where ?? {} };
        await this.store.put({ ...next, state: "refused", problem });
        stuck.add(next.number || next.key);
        this.tell.refused({ ...next, state: "refused", problem });
      }
      this.tell.changed();
    }
  }
}
