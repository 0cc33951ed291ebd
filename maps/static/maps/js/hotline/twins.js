// @ts-check
/** Open cases that may be what the caller tells of: in a list and on the map, to be joined or passed over. */
import { get } from "../api.js";
import { byId, element } from "../dom.js";
import { age, distance, nameOf } from "../formats.js";
import { STAGE_COLOURS } from "../map_style.js";

const QUIET_MS = 120;

/** @param {any} city @param {any} config @param {{join: (twin: any) => void, changed: () => void}} tell */
export function openTwins(city, config, tell) {
  const drawn = L.layerGroup().addTo(city.leaflet);
  const list = byId("twins");
  let timer = 0, asked = /** @type {AbortController | null} */ (null), found = /** @type {any[]} */ ([]), question = /** @type {any} */ (null);

  /** @param {string} note @param {boolean} [busy] */
  function say(note, busy = false) {
    found = [];
    drawn.clearLayers();
    list.replaceChildren(element("p", { class: "hint" }, note));
    list.setAttribute("aria-busy", String(busy));
    tell.changed();
  }
  /** Ask for those of a place and, where it is known, a class. @param {any} place @param {any} chosen @param {boolean} [soon] */
  function look(place, chosen, soon = false) {
    clearTimeout(timer);
    const asking = place ? { lon: place.x, lat: place.y, crs: place.crs, kind: chosen?.kind, class: chosen?.code } : null;
    const same = JSON.stringify(asking) === JSON.stringify(question);
    if (same && !soon) return;
    question = asking;
    asked?.abort();
    if (!asking) return say(gettext("Open cases of the same class near the place stand here."));
    if (!soon) say(gettext("Looking …"), true);
    timer = window.setTimeout(ask, soon ? 4 * QUIET_MS : QUIET_MS);
  }
  async function ask() {
    asked = new AbortController();
    try {
      const answer = await get("/api/twins", question, asked.signal);
      found = answer.twins;
      draw(answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      say(error.status ? error.message : gettext("No connection to the server."));
      question = null;
    }
  }
  /** @param {any} answer */
  function draw(answer) {
    const reach = interpolate(gettext("within %(metres)s and %(hours)s h"), { metres: distance(answer.radius_m), hours: answer.window_hours }, true);
    if (!found.length) return say(question.class ? interpolate(gettext("No: nothing open of this class %s."), [reach]) : interpolate(gettext("No: nothing open %s."), [reach]));
    // Others' work draws the list anew: the key that is under the finger stays there.
    const at = document.activeElement?.closest(".twin")?.getAttribute("data-number");
    drawn.clearLayers();
    found.forEach((twin, i) => drawn.addLayer(marker(twin, i)));
    list.replaceChildren(
      element("p", { class: "hint" }, interpolate(ngettext("%(count)s open case %(reach)s", "%(count)s open cases %(reach)s", found.length), { count: found.length, reach }, true)),
      element("ol", {}, ...found.map((twin, i) => card(twin, i))),
    );
    list.setAttribute("aria-busy", "false");
    if (at) /** @type {HTMLElement | null} */ (list.querySelector(`[data-number="${at}"] button`))?.focus({ preventScroll: true });
    tell.changed();
  }
  /** @param {any} twin @param {number} i */
  function card(twin, i) {
    const callers = Math.max(1, twin.callers);
    const made = element("li", { class: "twin", "data-number": twin.number },
      badge(twin, i),
      element("div", { class: "twin-said" },
        element("p", { class: "what" }, nameOf(twin.class) || gettext("no class yet")),
        twin.words && element("p", { class: "words" }, twin.words)),
      element("p", { class: "hint" }, [distance(twin.distance_m), age(twin.reported_at), interpolate(ngettext("%s caller", "%s callers", callers), [callers]), config.stages[twin.stage] ?? twin.stage].join(" · ")),
      element("button", { type: "button", class: "quiet strong join", onclick: () => tell.join(twin), "aria-label": interpolate(gettext("Join case %s"), [twin.number]) }, gettext("Join"), i === 0 && element("kbd", {}, "Alt J")));
    made.addEventListener("mouseenter", () => mark(i, true));
    made.addEventListener("mouseleave", () => mark(i, false));
    made.addEventListener("focusin", () => mark(i, true));
    made.addEventListener("focusout", () => mark(i, false));
    return made;
  }
  /** @param {number} i @param {boolean} on */
  const mark = (i, on) => document.querySelector(`.twin-mark[data-twin="${i}"]`)?.classList.toggle("on", on);

  say(gettext("Open cases of the same class near the place stand here."));
  return {
    look,
    /** What others did may have changed them. @param {any} place @param {any} chosen */
    again: (place, chosen) => place && look(place, chosen, true),
    get first() {
      return found[0] ?? null;
    },
    get count() {
      return found.length;
    },
    focus: () => /** @type {any} */ (list.querySelector("button"))?.focus(),
  };
}

/** A, B, C …, as on the map. @param {number} i */
const letter = (i) => String.fromCharCode(65 + (i % 26));

/** @param {any} twin @param {number} i */
function badge(twin, i) {
  const made = element("span", { class: "twin-badge", "aria-hidden": "true" }, letter(i));
  made.style.background = STAGE_COLOURS[twin.stage] ?? "#6b7280";
  return made;
}

/** @param {any} twin @param {number} i */
function marker(twin, i) {
  const face = badge(twin, i);
  face.classList.add("twin-mark");
  face.dataset.twin = String(i);
  return L.marker([twin.lat, twin.lon], { icon: L.divIcon({ className: "twin-icon", html: face.outerHTML, iconSize: [24, 24] }), keyboard: false, title: twin.number, zIndexOffset: -100 });
}
