// @ts-check
/** The search box: type, and the best place is one Enter away; two numbers are coordinates in the chosen system. */
import { get } from "./api.js";
import { byId, element } from "./dom.js";
import { twoNumbers } from "./formats.js";

const KINDS = {
  street: () => gettext("Street"), crossing: () => gettext("Crossing"), door_plate: () => gettext("Door plate"), poi: () => gettext("Place"),
  region: () => gettext("Area"), city: () => gettext("City"), district: () => gettext("District"), town: () => gettext("Town"),
  community: () => gettext("Community"), grid: () => gettext("Third-level grid"), cell: () => gettext("Unit cell"), component: () => gettext("Component"),
};

/** @param {(place: {x: number, y: number, crs: string, words?: string, kind?: string, code?: string, category?: string}) => void} pick */
export function openFinder(pick) {
  const input = byId("words"), list = byId("findings"), crs = byId("crs"), form = byId("finder");
  let found = /** @type {any[]} */ ([]), at = 0, asked = /** @type {AbortController | null} */ (null), timer = 0, pending = false;

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }
  function draw(note = "") {
    list.replaceChildren(
      ...found.map((place, i) =>
        element("li", { role: "option", id: `finding-${i}`, "aria-selected": String(i === at), onmousedown: (e) => e.preventDefault(), onclick: () => choose(i) },
          element("span", { class: "kind" }, KINDS[place.kind]?.() ?? ""), element("span", { class: "name" }, place.name),
          place.detail && place.detail !== place.name && element("span", { class: "detail" }, place.detail)),
      ),
      ...(note ? [element("li", { class: "note" }, note)] : []),
    );
    list.hidden = !found.length && !note;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (found.length) input.setAttribute("aria-activedescendant", `finding-${at}`);
  }
  /** @param {number} i */
  function choose(i) {
    const place = found[i];
    if (!place) return;
    input.value = place.name;
    close();
    input.blur();
    pick({ x: place.lon, y: place.lat, crs: "WGS84", words: place.name, kind: place.kind, code: place.code, category: place.category });
  }
  async function ask() {
    asked?.abort();
    asked = new AbortController();
    pending = true;
    try {
      found = (await get("/api/search", { q: input.value }, asked.signal)).places;
      at = 0;
      draw(found.length || !input.value.trim() ? "" : gettext("Nothing is called that. Try a part of the name, or click the map."));
      pending = false;
    } catch (error) {
      if (error.name === "AbortError") return;
      pending = false;
      found = [];
      draw(error.status ? error.message : gettext("No connection to the server."));
    }
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    crs.hidden = !twoNumbers(input.value);
    if (!crs.hidden) {
      asked?.abort();
      found = [];
      return draw(gettext("Enter: show these coordinates (first longitude, then latitude)"));
    }
    if (!input.value.trim()) {
      asked?.abort();
      found = [];
      return draw();
    }
    pending = true;
    timer = window.setTimeout(ask, 90);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
      input.blur();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length) {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      draw();
    }
  });
  input.addEventListener("focus", () => found.length && draw());
  input.addEventListener("blur", () => setTimeout(close, 150));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const numbers = twoNumbers(input.value);
    if (numbers) {
      close();
      input.blur();
      return pick({ x: numbers[0], y: numbers[1], crs: crs.value });
    }
    if (pending) {
      clearTimeout(timer);
      await ask();
    }
    choose(at);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
}
