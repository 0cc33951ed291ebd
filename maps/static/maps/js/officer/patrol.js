// @ts-check
/**
 * The patrol: while it is on, the phone keeps where it was each ten seconds and sends that in batches. Points are kept
 * first, so a dead spot costs nothing, and forgotten only when the server has answered; sent twice they count once.
 */
import { Problem, post } from "../api.js";

export const EVERY_MS = 10_000;
const SEND_MS = 60_000, AGAIN_MS = 15_000, REFUSED_MS = 600_000, MOST = 400;

export class Patrol {
  /**
   * @param {import("./store.js").Store} store @param {import("./position.js").Position} position
   * @param {{changed: () => void, sent: () => void, refused: (problem: Problem) => void}} tell
   */
  constructor(store, position, tell) {
    this.store = store;
    this.position = position;
    this.tell = tell;
    this.on = false;
    this.waiting = 0;
    this.last = 0;
    this.timer = 0;
    this.device = "";
    this.lock = /** @type {any} */ (null);
    this.sending = false;
    position.fixed = (fix) => this.#keep(fix);
  }

  /** As it was when the page was closed. */
  async resume() {
    const kept = await this.store.patrol();
    this.device = kept?.device ?? "";
    this.waiting = await this.store.trackLength();
    if (kept?.on) await this.start();
    else if (this.waiting) this.flush();
  }

  async start() {
    this.on = true;
    this.device ||= `pwa-${[...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    await this.store.setPatrol({ on: true, device: this.device });
    this.position.follow();
    if (this.position.now) this.#keep(this.position.now);
    await this.#wake();
    this.#soon(SEND_MS);
    this.tell.changed();
  }

  async stop() {
    this.on = false;
    await this.store.setPatrol({ on: false, device: this.device });
    await this.lock?.release().catch(() => null);
    this.lock = null;
    this.tell.changed();
    await this.flush();
  }

  /** A dark screen stops what a page is told of the place. Asked anew whenever the page is looked at. */
  async #wake() {
    if (!this.on || document.visibilityState !== "visible") return;
    this.lock = await /** @type {any} */ (navigator).wakeLock?.request("screen").catch(() => null);
  }

  seen() {
    this.#wake();
    return this.flush();
  }

  /** @param {{lon: number, lat: number, accuracy_m: number, at: number}} fix */
  async #keep(fix) {
    if (!this.on || fix.at - this.last < EVERY_MS) return;
    this.last = fix.at;
    await this.store.addPoint({ at: Math.round(fix.at), lon: Number(fix.lon.toFixed(7)), lat: Number(fix.lat.toFixed(7)), accuracy_m: Number(fix.accuracy_m.toFixed(1)) });
    this.waiting = await this.store.trackLength();
    document.documentElement.dataset.track = String(this.waiting);
  }

  /** @param {number} after */
  #soon(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), after);
  }

  /** Send what waits, the oldest first. */
  async flush() {
    if (this.sending) return;
    this.sending = true;
    try {
      await this.#send();
    } finally {
      this.sending = false;
    }
  }

  async #send() {
    clearTimeout(this.timer);
    for (;;) {
      const points = await this.store.track(MOST);
      this.waiting = points.length;
      document.documentElement.dataset.track = String(points.length);
      if (!points.length) break;
      if (!navigator.onLine) return this.#soon(AGAIN_MS);
      try {
        await post("/api/my/track", { crs: "WGS84", device: this.device, points });
      } catch (error) {
        const refused = error instanceof Problem && error.status >= 400 && error.status < 500 && ![401, 403, 408, 429].includes(error.status);
        if (refused) this.tell.refused(error);
        return this.#soon(refused ? REFUSED_MS : AGAIN_MS);
      }
      await this.store.dropPoints(points.map((point) => point.at));
      this.tell.sent();
    }
    if (this.on) this.#soon(SEND_MS);
  }
}
