// @ts-check
/** The place of the call: found by its name, its number or coordinates, or clicked; asked for its owner at once. */
import { Problem, get } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { openFinder } from "../finder.js";
import { lonLat, nameOf } from "../formats.js";
import { drawAnswer, drawBadPlace, drawNoPlace } from "./answer.js";
import { address } from "./draft.js";
import { across, isDoubtful } from "./sides.js";

const CLOSE = 17;
// How far beside the place meant a click may be.
const CLICK_PX = 3;
const EXACT_M = [10, 25, 50, 100];

/**
 * @param {any} city the map @param {any} config @param {any} draft
 * @param {{changed: () => void, picked: (place: any) => void}} tell
 */
export function openPlace(city, config, draft, tell) {
  const input = byId("words");
  let answer = /** @type {any} */ (null), asked = /** @type {AbortController | null} */ (null);

  /** @param {any} place @param {{move?: boolean}} [how] */
  async function choose(place, { move = true } = {}) {
    asked?.abort();
    asked = new AbortController();
    answer = null;
    draft.set({ place, typed: input.value });
    if (place.crs === "WGS84") city.pin(place.y, place.x, place.accuracy);
    tell.changed();
    drawTold();
    try {
      const found = await get("/api/route", { lon: place.x, lat: place.y, crs: place.crs, accuracy: place.accuracy }, asked.signal);
      answer = found;
      Object.assign(place, { lon: found.place.lon, lat: found.place.lat });
      draft.set({ place });
      city.pin(place.lat, place.lon, place.accuracy);
      city.choose(found.ids.cell, found.ids.community);
      if (move) city.leaflet.setView([place.lat, place.lon], Math.max(CLOSE, city.leaflet.getZoom()), { animate: false });
      draw();
      document.documentElement.dataset.answered = found.rule;
    } catch (error) {
      if (error.name === "AbortError") return;
      city.choose(null, null);
      if (error instanceof Problem) drawBadPlace(error);
      else drawBadPlace({ message: gettext("No connection to the server."), body: { hint: gettext("The owner is found when it is back.") } });
    }
    tell.changed();
  }
  function draw() {
    const { place } = draft.call;
    drawAnswer(place, answer, config, {
      confirm: () => {
        draft.set({ place: { ...place, confirmed: true } });
        draw();
        tell.changed();
        byId("class-words").focus();
      },
      cross: async (candidate) => {
        const there = await across(answer, candidate).catch(() => null);
        if (!there) return toast(interpolate(gettext("Click the map on the side of %s."), [nameOf(candidate.community)]));
        await choose({ ...place, x: there.lon, y: there.lat, crs: "WGS84", accuracy: null, confirmed: true }, { move: false });
      },
    });
    drawTold();
  }
  /** Below the field: where that is, and how exactly. */
  function drawTold() {
    const { place } = draft.call;
    if (!place) return byId("place").replaceChildren();
    const exact = element("select", { id: "accuracy", "aria-label": gettext("How exact the place is"), onchange: (/** @type {any} */ event) => choose({ ...draft.call.place, accuracy: Number(event.target.value) || null, confirmed: false }, { move: false }) },
      ...[...new Set([0, ...EXACT_M, place.accuracy || 0])].sort((a, b) => a - b).map((metres) => element("option", { value: metres, selected: metres === (place.accuracy || 0) }, metres ? interpolate(gettext("within %s m"), [metres]) : gettext("exact"))));
    byId("place").replaceChildren(
      element("span", { class: "code" }, place.lon === undefined ? `${place.x}, ${place.y} (${place.crs})` : lonLat(place.lon, place.lat)),
      exact,
      place.kind === "street" ? element("span", { class: "warn" }, gettext("A whole street: ask for the number or a crossing")) : "",
    );
  }
  function clear() {
    asked?.abort();
    answer = null;
    input.value = "";
    byId("crs").hidden = true;
    byId("place").replaceChildren();
    city.unpin();
    city.choose(null, null);
    drawNoPlace();
  }

  openFinder((place) => {
    // What was typed is what the caller said; the name found is what it is called.
    choose(place);
    tell.picked(place);
  });
  input.addEventListener("input", () => draft.set({ typed: input.value }));
  city.leaflet.on("click", (/** @type {any} */ event) => {
    if (byId("seat").dataset.state !== "open") return;
    const metres_a_pixel = (40075016.7 * Math.cos((event.latlng.lat * Math.PI) / 180)) / 2 ** (city.leaflet.getZoom() + 8);
    choose({ x: Number(event.latlng.lng.toFixed(7)), y: Number(event.latlng.lat.toFixed(7)), crs: "WGS84", words: address(input.value), accuracy: Math.max(1, Math.round(CLICK_PX * metres_a_pixel)) }, { move: false });
    tell.picked(null);
  });
  clear();
  return {
    get answer() {
      return answer;
    },
    get doubtful() {
      return Boolean(answer && draft.call.place && isDoubtful(draft.call.place, answer));
    },
    choose,
    clear,
    /** A call is taken up again. */
    restore() {
      input.value = draft.call.typed;
      if (draft.call.place) choose(draft.call.place);
    },
  };
}
