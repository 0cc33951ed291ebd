// @ts-check
/** The day of the patrols: a date that is chosen is shown at once. */
import { byId } from "../dom.js";

byId("day").addEventListener("change", (/** @type {any} */ event) => event.target.value && byId("day-form").requestSubmit());
document.documentElement.dataset.ready = "yes";
