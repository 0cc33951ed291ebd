// @ts-check
/**
 * What others do, as it happens: one stream of Server-Sent Events. It comes back by itself, whatever was away: the
 * network, the server, or the database behind it.
 */
import { byId } from "./dom.js";

/** How long a loss lasts before it is worth a word, and the pauses before a stream that was refused is opened anew. */
const WORTH_A_WORD_MS = 4000, AGAIN_MS = 2000, LONGEST_MS = 30_000;

/** @param {{case: (told: any) => void, edition: () => void, refetch: () => void, plan?: (told: any) => void}} react `refetch`: something may have been missed */
export function listen(react) {
  const bar = byId("offline"), words = bar.textContent;
  let lost = false, pause = AGAIN_MS;

  function back() {
    pause = AGAIN_MS;
    lost = false;
    bar.hidden = true;
    document.documentElement.dataset.live = "on";
  }
  /** @param {string} why "off": no server; "away": a server without its database */
  function gone(why) {
    lost = true;
    document.documentElement.dataset.live = why;
    bar.textContent = why === "away" ? gettext("The database does not answer. What you enter stays here; the page goes on by itself.") : words;
  }
  function open() {
    const stream = new EventSource("/live/");
    stream.addEventListener("hello", () => {
      const again = lost;
      back();
      if (again) react.refetch();
    });
    stream.addEventListener("error", () => {
      gone("off");
      // The stream ends now and then and comes back by itself; only a lasting loss is worth a word.
      setTimeout(() => (bar.hidden = !lost), WORTH_A_WORD_MS);
      // An answer that is no stream (a server without its database, a proxy without its server) ends it for good.
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(open, pause);
      pause = Math.min(2 * pause, LONGEST_MS);
    });
    stream.addEventListener("away", () => {
      gone("away");
      bar.hidden = false;
    });
    stream.addEventListener("refetch", () => {
      back();
      react.refetch();
    });
    stream.addEventListener("case", (event) => react.case(JSON.parse(event.data)));
    stream.addEventListener("edition", () => react.edition());
    stream.addEventListener("plan", (event) => react.plan?.(JSON.parse(event.data)));
  }
  open();
}
