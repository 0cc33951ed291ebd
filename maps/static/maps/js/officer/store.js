// @ts-check
/**
 * What the phone keeps: acts and points of a patrol that wait to be sent, and the list and the round as they were last
 * seen. One database a user, so that nothing is ever sent under another's name. Photos are kept as bytes: not every
 * browser keeps a blob well.
 */

/**
 * @typedef {{kind: string, name: string, type: string, bytes: ArrayBuffer}} Kept
 * @typedef {{key: string, act: string, number: string, fields: Record<string, string>, files: Kept[], made_at: string, order: number,
 *   state: "waiting" | "refused", problem?: {sentence: string, detail: string, error: string, at: string}}} Item
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Store {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /** @param {number} user @param {string} [of] whose: the officer's, or another page's of the same user */
  static async open(user, of = "officer") {
    const opening = indexedDB.open(`wanmi-${of}-${user}`, 2);
    opening.onupgradeneeded = (event) => {
      if (event.oldVersion < 1) {
        opening.result.createObjectStore("outbox", { keyPath: "key" });
        opening.result.createObjectStore("seen");
      }
      opening.result.createObjectStore("track", { keyPath: "at" });
    };
    const database = await done(opening);
    database.onversionchange = () => database.close();
    return new Store(database);
  }

  /** @param {string} name @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<any>} act */
  async #in(name, mode, act) {
    const transaction = this.database.transaction(name, mode);
    // On the disk before anybody is told that it is kept.
    const settled = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const found = await done(act(transaction.objectStore(name)));
    await settled;
    return found;
  }

  /** All that waits or was refused, in the order in which it was entered. @returns {Promise<Item[]>} */
  async items() {
    const found = await this.#in("outbox", "readonly", (store) => store.getAll());
    return found.sort((/** @type {Item} */ a, /** @type {Item} */ b) => a.order - b.order);
  }

  /** @param {Item} item */
  put(item) {
    return this.#in("outbox", "readwrite", (store) => store.put(item));
  }

  /** @param {string} key */
  drop(key) {
    return this.#in("outbox", "readwrite", (store) => store.delete(key));
  }

  /** The list as it was last seen. @returns {Promise<{at: string, cases: any[]} | undefined>} */
  seen() {
    return this.#in("seen", "readonly", (store) => store.get("list"));
  }

  /** A point of the patrol, known by its moment. @param {{at: number, lon: number, lat: number, accuracy_m: number}} point */
  addPoint(point) {
    return this.#in("track", "readwrite", (store) => store.put(point));
  }

  /** The oldest points that wait. @param {number} most @returns {Promise<any[]>} */
  track(most) {
    return this.#in("track", "readonly", (store) => store.getAll(null, most));
  }

  /** @returns {Promise<number>} */
  trackLength() {
    return this.#in("track", "readonly", (store) => store.count());
  }

  /** @param {number[]} moments */
  async dropPoints(moments) {
    await this.#in("track", "readwrite", (store) => moments.map((at) => store.delete(at)).at(-1) ?? store.count());
  }

  /** Whether a patrol is on, and what this phone calls itself. @returns {Promise<{on: boolean, device: string} | undefined>} */
  patrol() {
    return this.#in("seen", "readonly", (store) => store.get("patrol"));
  }

  /** @param {{on: boolean, device: string}} state */
  setPatrol(state) {
    return this.#in("seen", "readwrite", (store) => store.put(state, "patrol"));
  }

  /** The round as it was last told. @returns {Promise<any>} */
  round() {
    return this.#in("seen", "readonly", (store) => store.get("round"));
  }

  /** @param {any} round */
  seeRound(round) {
    return this.#in("seen", "readwrite", (store) => store.put(round, "round"));
  }

  /** @param {any} list */
  see(list) {
    return this.#in("seen", "readwrite", (store) => store.put(list, "list"));
  }
}
