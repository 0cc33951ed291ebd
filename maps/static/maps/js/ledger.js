// @ts-check
/** The ledger: a choice in the filter shows its lines at once, a row opens its case on the map. All state is in the address. */
import { byId } from "./dom.js";

const form = /** @type {HTMLFormElement} */ (byId("filter"));
const more = /** @type {HTMLDetailsElement} */ (form.querySelector("details"));
const desk = matchMedia("(min-width: 901px)");

// At a desk there is room for all fields; on a phone the further ones open where they are in use.
const narrowed = more.open;
const fit = () => (more.open = desk.matches || narrowed);
desk.addEventListener("change", fit);
fit();

form.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) form.requestSubmit();
});

byId("lines")?.addEventListener("click", (/** @type {any} */ event) => {
  if (event.target.closest("a") || getSelection()?.toString()) return;
  const address = event.target.closest("tr")?.dataset.address;
  if (address) location.assign(address);
});

// A large file takes a while to begin: say so, and do not start it twice.
for (const link of document.querySelectorAll("[data-file]")) {
  link.addEventListener("click", () => {
    link.setAttribute("aria-busy", "true");
    setTimeout(() => link.removeAttribute("aria-busy"), 4000);
  });
}
document.documentElement.dataset.ready = "yes";
