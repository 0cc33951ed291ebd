// @ts-check
/** What is asked again after each edit: not at once but when the hand rests, and never two answers out of order. */

/**
 * @param {number} rest_ms @param {(signal: AbortSignal) => Promise<void>} ask
 * @returns {{soon: () => void, now: () => Promise<void>}}
 */
export function refresher(rest_ms, ask) {
  let timer = /** @type {any} */ (0), asked = /** @type {AbortController | null} */ (null);
  async function now() {
    clearTimeout(timer);
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      await ask(signal);
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") throw error;
    }
  }
  return {
    now,
    soon() {
      clearTimeout(timer);
      asked?.abort();
      timer = setTimeout(now, rest_ms);
    },
  };
}
