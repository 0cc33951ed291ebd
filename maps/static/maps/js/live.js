// @ts-check
/** What others do, as it happens: one stream of Server-Sent Events; the browser reconnects by itself. */
import { byId } from "./dom.js";

/** @param {{case: (told: any) => void, edition: () => void, refetch: () => void, plan?: (told: any) => void}} react `refetch`: something may have been missed */
export function listen(react) {
  let lost = false;
  const stream = new EventSource("/live/");
  stream.addEventListener("hello", () => {
    byId("offline").hidden = true;
    document.documentElement.dataset.live = "on";
    if (lost) react.refetch();
    lost = false;
  });
  stream.addEventListener("error", () => {
    lost = true;
    document.documentElement.dataset.live = "off";
    // The stream ends now and then and comes back by itself; only a lasting loss is worth a word.
    setTimeout(() => (byId("offline").hidden = !lost), 4000);
  });
  stream.addEventListener("refetch", () => react.refetch());
  stream.addEventListener("case", (event) => react.case(JSON.parse(event.data)));
  stream.addEventListener("edition", () => react.edition());
  stream.addEventListener("plan", (event) => react.plan?.(JSON.parse(event.data)));
}
