// @ts-check
/** What a script adds to the plain form: position, map, places by name, what is similar nearby, photos as they are. */
import { Problem, get } from "../api.js";
import { byId, element } from "../dom.js";

const config = JSON.parse(byId("config").textContent);
const begun = performance.now();
const form = /** @type {HTMLFormElement} */ (byId("report"));
const said = byId("place-said");
/** @type {any} */ let map = null;
/** @type {any} */ let pin = null;
/** Of which class and place the similar ones were asked last. */
let askedOf = "";

/** @param {string} words @param {boolean} [bad] */
function say(words, bad = false) {
  said.textContent = words;
  said.classList.toggle("bad", bad);
}

/** @param {unknown} error */
const wordsOf = (error) => (error instanceof Problem ? error.message : gettext("There is no network at this moment. Try again."));

/** @param {number} lon @param {number} lat @param {number | null} accuracy metres */
function choose(lon, lat, accuracy) {
  byId("lon").value = lon.toFixed(7);
  byId("lat").value = lat.toFixed(7);
  byId("accuracy_m").value = accuracy === null ? "" : String(Math.round(accuracy));
  for (const radio of form.querySelectorAll("#near-list input")) /** @type {HTMLInputElement} */ (radio).checked = false;
  if (map) show(lon, lat);
}

/** @param {number} lon @param {number} lat */
async function show(lon, lat) {
  const { pinAt } = await import("./ground_map.js");
  pin?.remove();
  pin = pinAt(map, lon, lat);
  map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 16) });
}

async function openMap() {
  byId("map-box").hidden = false;
  byId("on-map").setAttribute("aria-expanded", "true");
  if (map) return;
  const { groundMap } = await import("./ground_map.js");
  map = groundMap(config.bounds, gettext("Map: click where it is, or move it by the arrow keys"));
  map.on("click", (/** @type {any} */ event) => chooseOnMap(event.lngLat));
  const { value: lon } = byId("lon");
  if (lon) show(Number(lon), Number(byId("lat").value));
  /** @type {any} */ (window).wanmi = { map };
}

/** @param {{lng: number, lat: number}} at */
function chooseOnMap(at) {
  choose(at.lng, at.lat, null);
  say(gettext("The place is chosen on the map."));
}

function closeMap() {
  byId("map-box").hidden = true;
  byId("on-map").setAttribute("aria-expanded", "false");
}

function here() {
  if (!navigator.geolocation) return say(gettext("This browser does not tell where you are. Use the map or the address."), true);
  say(gettext("Looking for your position…"));
  navigator.geolocation.getCurrentPosition(
    async ({ coords }) => {
      choose(coords.longitude, coords.latitude, coords.accuracy);
      say(interpolate(gettext("Your position is taken, to within %s m. Look at the map and move the pin if it is elsewhere."), [Math.round(coords.accuracy)]));
      if (config.bounds) await openMap();
    },
    () => say(gettext("Your position is not known. Use the map or the address."), true),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 20_000 },
  );
}

// Places by name: the newest question counts, and none is asked for each letter.
let typing = 0;
/** @type {AbortController | null} */ let asking = null;

async function findPlaces() {
  const words = byId("address").value.trim();
  asking?.abort();
  asking = new AbortController();
  if (words.length < 2) return showPlaces([]);
  try {
    showPlaces((await get("/public/places.json", { q: words }, asking.signal)).places);
  } catch (error) {
    if (/** @type {any} */ (error).name !== "AbortError") showPlaces([]);
  }
}

/** @param {any[]} places */
function showPlaces(places) {
  const list = byId("places");
  list.replaceChildren(
    ...places.map((place) =>
      element("li", {}, element("button", { type: "button", onclick: () => takePlace(place) }, place.name, place.detail && place.detail !== place.name && element("small", {}, place.detail))),
    ),
  );
  list.hidden = places.length === 0;
}

/** @param {any} place */
function takePlace(place) {
  byId("address").value = place.name;
  showPlaces([]);
  choose(place.lon, place.lat, null);
  say(interpolate(gettext("The place is: %s"), [place.name]));
  byId("address").focus();
}

function showPhotos() {
  const files = [...(byId("photos").files ?? [])];
  const box = byId("previews");
  for (const image of box.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  box.replaceChildren(...files.map((file) => element("img", { src: URL.createObjectURL(file), alt: file.name })));
  box.hidden = files.length === 0;
  if (files.length > config.most_photos) {
    byId("photos").value = "";
    box.replaceChildren(interpolate(ngettext("At most %s photo is taken. Choose again.", "At most %s photos are taken. Choose again.", config.most_photos), [config.most_photos]));
  }
}

/** Whether something similar is near, and is now shown to be chosen from. */
async function similar() {
  const [service, lon, lat] = ["service", "lon", "lat"].map((id) => byId(id).value);
  const of = [service, lon, lat].join();
  if (!service || !lon || of === askedOf) return false;
  const found = (await get("/public/near.json", { service, lon, lat })).near.filter((/** @type {any} */ one) => one.phase);
  askedOf = of;
  byId("choice-new").checked = true;
  byId("near").hidden = found.length === 0;
  byId("near-list").replaceChildren(
    ...found.map((/** @type {any} */ one) => {
      const day = new Date(one.reported_at).toLocaleDateString(document.documentElement.lang);
      const words = interpolate(gettext("%(metres)s m away, reported on %(day)s: %(stage)s"), { metres: one.distance_m, day, stage: config.stages[one.phase] }, true);
      return element("label", { class: "pick" }, element("input", { type: "radio", name: "choice", value: one.number }), element("span", {}, words));
    }),
  );
  return found.length > 0;
}

/** @param {SubmitEvent} event */
async function send(event) {
  event.preventDefault();
  const button = byId("send");
  if (button.disabled) return;
  button.disabled = true;
  const sending = byId("sending");
  sending.textContent = "";
  sending.classList.remove("bad");
  try {
    if (await similar()) {
      byId("near").focus();
      byId("near").scrollIntoView({ block: "start" });
      sending.textContent = gettext("Is it one of those above? Choose, and send once more.");
      button.disabled = false;
      return;
    }
  } catch (error) {
    // What is similar is a help, no condition: the server looks once more.
    if (!(error instanceof Problem)) {
      sending.textContent = wordsOf(error);
      sending.classList.add("bad");
      button.disabled = false;
      return;
    }
  }
  sending.textContent = gettext("Sending…");
  // A form is not taken before a person could have filled it in.
  const wait = config.least_s * 1000 + 300 - (performance.now() - begun);
  setTimeout(() => form.submit(), Math.max(0, wait));
}

byId("ways").hidden = false;
byId("on-map").hidden = !config.bounds;
byId("here").addEventListener("click", here);
byId("on-map").addEventListener("click", () => (byId("map-box").hidden ? openMap() : closeMap()));
byId("middle").addEventListener("click", () => chooseOnMap(map.getCenter()));
byId("address").addEventListener("input", () => {
  clearTimeout(typing);
  typing = window.setTimeout(findPlaces, 250);
});
byId("photos").addEventListener("change", showPhotos);
form.addEventListener("submit", send);
// Back from the next page: the button is there again.
window.addEventListener("pageshow", () => (byId("send").disabled = false));
byId("faults")?.focus();
if (byId("lon").value) say(gettext("The place is chosen on the map."));
document.documentElement.dataset.ready = "yes";
