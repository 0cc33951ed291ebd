// @ts-check
/** The sheets to print are of the window that the page shows. */
import { byId } from "../dom.js";

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#sheets a"))) {
  link.addEventListener("click", () => {
    const asked = new URL(link.href);
    asked.searchParams.set("day", byId("day").value);
    asked.searchParams.set("days", byId("days").value);
    link.href = asked.href;
  });
}
