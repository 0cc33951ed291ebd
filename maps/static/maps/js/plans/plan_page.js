// @ts-check
/** The drawing table's page: the plan on its map, the tools, the panel; what others do, as it happens. */
import { get } from "../api.js";
import { CityMap } from "../city_map.js";
import { byId, element, toast } from "../dom.js";
import { listen } from "../live.js";
import { compose, parse } from "./address.js";
import { openChooser } from "./chooser.js";
import { Desk } from "./desk.js";
import { icon } from "./icons.js";
import { openLegend } from "./legend.js";
import { PlanMap } from "./plan_map.js";
import { openRefusals } from "./refusal.js";
import { openSide } from "./side.js";
import { openTools } from "./toolbar.js";
import { button } from "./tools/options.js";
import { uploadOutline } from "./upload.js";
import { number } from "./words.js";

const config = JSON.parse(byId("config").textContent);

/** @param {any} desk */
function heading(desk) {
  const undo = byId("undo"), redo = byId("redo");
  undo.append(icon("undo"));
  redo.append(icon("redo"));
  byId("back").append(icon("back"));
  undo.addEventListener("click", () => desk.undo());
  redo.addEventListener("click", () => desk.redo());
  const draw = () => {
    const { info } = desk, { canUndo, canRedo } = desk.map.plan;
    undo.disabled = !desk.mayDraw || !canUndo;
    redo.disabled = !desk.mayDraw || !canRedo;
    undo.hidden = redo.hidden = !desk.mayDraw;
    byId("chooser").hidden = byId("saved").hidden = !desk.mayDraw;
    byId("state").className = `state ${info.state}`;
    byId("state").textContent = info.state_name;
    byId("touched").textContent = interpolate(ngettext("%s cell touched", "%s cells touched", info.cells_touched), [number(info.cells_touched)]);
    document.documentElement.dataset.state = info.state;
  };
  for (const event of ["info", "edited"]) desk.on(event, draw);
  desk.on("busy", (waiting) => (byId("saved").textContent = waiting ? gettext("saving …") : gettext("saved")));
  byId("saved").textContent = gettext("saved");
}

/** What the edition in force has to do with this plan. @param {any} desk @param {() => void} toApproval */
function banner(desk, toApproval) {
  const shown = byId("banner");
  desk.on("info", async (info) => {
    shown.hidden = !info.behind;
    if (!info.behind) return;
    const answer = await get(`${desk.door}/conflicts`).catch(() => null);
    const collide = answer?.conflicts.length ?? 0;
    shown.replaceChildren(icon("warning", 18), element("span", {}, collide
      ? interpolate(ngettext("Another edition is in force since this plan was begun; %s cell collides.", "Another edition is in force since this plan was begun; %s cells collide.", collide), [collide])
      : gettext("Another edition is in force since this plan was begun; no cell collides.")),
      button(gettext("What to do"), toApproval, { class: "quiet" }));
  });
}

async function start() {
  const first = parse(location.hash);
  const [city, info] = await Promise.all([CityMap.open(config, first.view), get(`/api/plans/${config.plan}`)]);
  // From now on drawing is asked for, never given to layers that happen to be on the map.
  /** @type {any} */ (L).PM.setOptIn(true);
  city.leaflet.pm.setLang(document.documentElement.lang.startsWith("zh") ? "zh" : "en");
  const map = new PlanMap(city, config);
  await map.ready();
  const desk = /** @type {any} */ (new Desk(map, config, info));
  desk.upload = uploadOutline;
  desk.communityInView = () => [...desk.chosen.values()][0]?.community || map.at(city.leaflet.getCenter())?.community || inView(desk, city.leaflet.getCenter());
  desk.communities = (await get(`${desk.door}/communities`)).communities;

  let side = /** @type {any} */ (null);
  function remember() {
    if (!side) return;
    const { lat, lng } = city.leaflet.getCenter();
    history.replaceState(null, "", compose({ view: { lat, lon: lng, zoom: city.leaflet.getZoom() }, grid: desk.active?.key ?? null, community: desk.active?.community ?? null, tab: side.tab(), wide: side.wide() }));
  }
  heading(desk);
  openRefusals(desk);
  openChooser(desk);
  openLegend(city);
  banner(desk, () => side.show("approval"));
  openTools(desk);
  side = openSide(desk, first, remember);
  await desk.load();
  if (desk.mayDraw && first.grid && first.community) await desk.activate(first.grid, first.community);
  const drawnSoFar = map.plan.bounds(map.plan.cells.keys());
  if (!first.view && drawnSoFar) map.fly(drawnSoFar, 16);
  side.begin();
  city.leaflet.on("moveend", remember);
  desk.on("active", remember);
  live(desk, city);
  document.querySelector("form.language")?.addEventListener("submit", (event) => {
    /** @type {any} */ (event.target).elements.namedItem("next").value = location.pathname + location.search + location.hash;
  });
  if (window.innerWidth >= 1400 && window.innerHeight >= 850) byId("legend").open = true;
  document.documentElement.dataset.ready = "yes";
  /** @type {any} */ (window).wanmi = { city, desk, map };
}

/** The community whose box is the smallest round a place: good enough for a first choice. @param {any} desk @param {{lat: number, lng: number}} place */
function inView(desk, { lat, lng }) {
  const size = ([west, south, east, north]) => (east - west) * (north - south);
  const round = desk.communities.filter(({ bbox: [west, south, east, north] }) => west <= lng && lng <= east && south <= lat && lat <= north);
  return (round.sort((one, other) => size(one.bbox) - size(other.bbox))[0] ?? desk.communities[0])?.id ?? null;
}

/** @param {any} desk @param {any} city */
function live(desk, city) {
  const again = async (/** @type {boolean} */ told) => {
    await desk.last;
    const before = desk.revision;
    const info = await get(desk.door).catch(() => null);
    if (!info || (info.revision === before && info.behind === desk.info.behind && info.state === desk.info.state)) return;
    await desk.load();
    if (told && desk.revision !== before) toast(gettext("Somebody else has changed this plan; the map shows it as it is now."));
  };
  listen({
    case: () => city.refresh("cases"),
    refetch: () => again(true),
    edition: () => again(false),
    plan: (told) => {
      if (told.id === desk.info.id && (told.revision > desk.revision || told.state !== desk.info.state)) again(true);
    },
  });
}

if (byId("map")) start();
