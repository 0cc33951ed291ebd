// @ts-check
/** The dispatch map: a click or a name in, the owner and the reason out, two more clicks and the case is on its way. */
import { compose, parse } from "./address_bar.js";
import { Problem, get } from "./api.js";
import { CityMap } from "./city_map.js";
import { byId, toast } from "./dom.js";
import { filingForm } from "./filing.js";
import { openFinder } from "./finder.js";
import { openLayers } from "./layers.js";
import { listen } from "./live.js";
import { drawPanel, drawProblem, nearby } from "./panel.js";
import { nameOf } from "./formats.js";

const config = JSON.parse(byId("config").textContent);

async function start() {
  const first = parse(location.hash);
  const city = await CityMap.open(config, first.view);
  const layers = openLayers(city, first.off, config, remember);
  let chosen = /** @type {any} */ (null), asked = /** @type {AbortController | null} */ (null);

  function remember(push = false) {
    const { lat, lng } = city.leaflet.getCenter();
    const hash = compose({ lat, lon: lng, zoom: city.leaflet.getZoom() }, chosen, layers.off());
    if (push) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }
  function close() {
    asked?.abort();
    chosen = null;
    byId("panel").hidden = true;
    city.unpin();
    city.choose(null, null);
    remember();
  }

  /** @param {any} place as typed or clicked: x, y, crs @param {{move?: boolean, push?: boolean}} [how] */
  async function choose(place, { move = true, push = true } = {}) {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const query = { lon: place.x, lat: place.y, crs: place.crs };
    if (place.crs === "WGS84") city.pin(place.y, place.x, place.accuracy);
    try {
      const [answer, near] = await Promise.all([get("/api/route", { ...query, accuracy: place.accuracy }, signal), get("/api/near", query, signal).catch((error) => {
        if (error.name === "AbortError") throw error;
        return null;
      })]);
      place = { ...place, lon: answer.place.lon, lat: answer.place.lat };
      chosen = place;
      const form = filingForm(place, answer, config, () => {
        city.refresh("cases");
        refreshNear();
        byId("filing")?.remove();
      });
      drawPanel({ place, answer, near, config, close, go, form });
      city.pin(place.lat, place.lon, place.accuracy);
      city.choose(answer.ids.cell, answer.ids.community);
      if (move) city.show(place.lat, place.lon, 16);
      document.documentElement.dataset.answered = answer.rule;
      remember(push);
    } catch (error) {
      if (error.name === "AbortError") return;
      city.choose(null, null);
      if (error instanceof Problem) drawProblem(place, error, close);
      else toast(gettext("No connection to the server."), "bad");
    }
  }
  /** @param {any} item something near the place, with its own point */
  function go(item) {
    choose({ x: item.lon, y: item.lat, crs: "WGS84", words: nameOf(item.class) || item.number || item.code });
  }
  async function refreshNear() {
    if (!chosen) return;
    const near = await get("/api/near", { lon: chosen.x, lat: chosen.y, crs: chosen.crs }).catch(() => null);
    const old = byId("near");
    if (near && old) old.replaceWith(nearby(near, config, go));
  }

  city.leaflet.on("click", (/** @type {any} */ event) => {
    const [hit] = city.at(event.latlng, ["case", "component"], window.innerWidth > 700 ? 1 : 8);
    // A case or a component under the finger is meant itself: its own place, not the finger's.
    const [lon, lat] = hit ? hit.geometry.coordinates : [event.latlng.lng, event.latlng.lat];
    choose({ x: Number(lon.toFixed(7)), y: Number(lat.toFixed(7)), crs: "WGS84", words: hit ? nameOf(hit.properties) : undefined }, { move: window.innerWidth <= 700 });
  });
  city.leaflet.on("moveend", () => remember());
  openFinder((place) => choose(place));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("panel").hidden && byId("findings").hidden) close();
  });
  window.addEventListener("popstate", () => {
    const { view, chosen: back, off } = parse(location.hash);
    layers.hide(off);
    if (view) city.leaflet.setView([view.lat, view.lon], view.zoom, { animate: false });
    if (back) choose(back, { move: false, push: false });
    else close();
  });
  // The other language shows the same view and place: they stand behind the #, which no form sends by itself.
  document.querySelector("form.language")?.addEventListener("submit", (event) => {
    const next = /** @type {any} */ (event.target).elements.namedItem("next");
    next.value = location.pathname + location.search + location.hash;
  });
  const everything = () => {
    city.refresh("cases");
    refreshNear();
  };
  listen({
    case: everything,
    refetch: everything,
    edition: () => {
      city.refresh("grids");
      if (chosen) choose(chosen, { move: false, push: false });
      toast(gettext("A new edition of the grids is in force."));
    },
  });
  if (first.chosen) choose(first.chosen, { move: !first.view, push: false });
  if (window.innerWidth > 1100) byId("legend").open = true;
  document.documentElement.dataset.ready = "yes";
  /** @type {any} */ (window).wanmi = { city };
}

if (byId("map")) start();
