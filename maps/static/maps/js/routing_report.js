// @ts-check
/** The map of disagreements: points coloured by reason; a click shows the area of the label and the owner. */

const L = /** @type {any} */ (window).L;
const report = /** @type {HTMLElement} */ (document.getElementById("report"));
const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const zh = document.documentElement.lang.startsWith("zh");
const boxes = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("#reasons input")]);
const colours = Object.fromEntries(boxes.map((box) => [box.value, box.dataset.colour]));

/** The two collections: within the page where it is one file, else from the server. */
async function collections() {
  const inside = document.getElementById("data")?.textContent;
  if (inside) return JSON.parse(inside);
  const read = async (/** @type {string | undefined} */ address) => {
    const answer = await fetch(address ?? "");
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  };
  const [points, areas] = await Promise.all([read(report.dataset.points), read(report.dataset.areas)]);
  return { points, areas };
}

/** @param {any} area @returns {string} */
function named(area) {
  if (!area) return words.none;
  const name = (zh ? area.zh || area.en : area.en || area.zh) || area.label;
  return name && name !== area.code ? `${name} (${area.code})` : area.code;
}

/** @param {any} found the properties of a disagreement */
function tell(found) {
  const list = document.createElement("dl");
  const line = (/** @type {string} */ term, /** @type {string} */ text) => {
    list.append(Object.assign(document.createElement("dt"), { textContent: term }), Object.assign(document.createElement("dd"), { textContent: text }));
  };
  if (found.label) line(words.label, found.label);
  if (found.labelled) line(words.labelled, named(found.labelled));
  line(words.owner, named(found.owner));
  if (found.distance_m !== null) line(words.distance, `${found.distance_m.toLocaleString()} m`);
  line(words.rows, String(found.rows));
  document.getElementById("found")?.replaceChildren(list);
}

const { points, areas } = await collections();
const map = L.map("map", { preferCanvas: true, attributionControl: false });
L.control.scale({ imperial: false }).addTo(map);
const ground = L.geoJSON(areas, { style: { color: "#8b9aa1", weight: 1, fillColor: "#ffffff", fillOpacity: 0.75 }, interactive: false }).addTo(map);
map.fitBounds(ground.getBounds(), { padding: [8, 8] });
/** @type {Map<string, any>} */
const byCode = new Map(areas.features.map((/** @type {any} */ f) => [f.properties.code, f]));
const shown = L.layerGroup().addTo(map);
/** @type {Map<string, any>} */
const groups = new Map(boxes.map((box) => [box.value, L.layerGroup()]));

/** @param {any} feature */
function show(feature) {
  const { labelled, owner, to } = feature.properties;
  const [lon, lat] = feature.geometry.coordinates;
  shown.clearLayers();
  const outline = (/** @type {any} */ area, /** @type {string} */ colour) => {
    if (area && byCode.has(area.code)) L.geoJSON(byCode.get(area.code), { style: { color: colour, weight: 3, fillColor: colour, fillOpacity: 0.12 }, interactive: false }).addTo(shown);
  };
  outline(owner, "#b5126f");
  outline(labelled, "#1d7a46");
  if (to) L.polyline([[lat, lon], [to[1], to[0]]], { color: "#1b2a33", weight: 2, dashArray: "5 4", interactive: false }).addTo(shown);
  L.circleMarker([lat, lon], { radius: 9, color: "#1b2a33", weight: 2, fill: false, interactive: false }).addTo(shown);
  tell(feature.properties);
}

for (const feature of points.features) {
  const { reason, rows } = feature.properties;
  const [lon, lat] = feature.geometry.coordinates;
  const radius = Math.min(26, 3 + Math.log2(rows) * 1.4);
  L.circleMarker([lat, lon], { radius, weight: 1, color: "#ffffff", fillColor: colours[reason], fillOpacity: 0.85 })
    .on("click", () => show(feature))
    .addTo(groups.get(reason));
}
for (const box of boxes) {
  const group = groups.get(box.value);
  const set = () => (box.checked ? group.addTo(map) : group.remove());
  box.addEventListener("change", set);
  set();
}
// For the console and for tests: where a place is on the screen is the map's knowledge.
Object.assign(report, { map });
report.dataset.ready = String(points.features.length);
