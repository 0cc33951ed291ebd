// @ts-check
/** The ground round my cases, fetched while there is a network, so that the map is there where there is none. */

// What a case's page shows: alone at Leaflet's zoom 17, with me beside it a little wider. Tiles are one zoom less, some 500 m
// wide at 16 in the middle of China; the cases of one officer lie in a few of them.
const ZOOMS = [16, 15, 14], MOST_CASES = 60;

/** The tile of a place and its neighbours on the sides to which it lies: four. Pure. @param {number} lon @param {number} lat @param {number} zoom @returns {string[]} z/x/y */
export function tilesAround(lon, lat, zoom) {
  const size = 2 ** zoom, sine = Math.sin((lat * Math.PI) / 180);
  const x = ((lon + 180) / 360) * size, y = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size;
  const pair = (/** @type {number} */ at) => (at % 1 < 0.5 ? [Math.floor(at) - 1, Math.floor(at)] : [Math.floor(at), Math.floor(at) + 1]);
  return pair(x).flatMap((column) => pair(y).map((row) => `${zoom}/${column}/${row}`));
}

/** @param {any[]} cases the nearest first @param {Set<string>} had addresses that were fetched since the page was opened @param {AbortSignal} leaving the page is about to go: logging out, another language */
export async function fetchAround(cases, had, leaving) {
  if (!navigator.serviceWorker?.controller || /** @type {any} */ (navigator).connection?.saveData) return;
  const wanted = new Set(cases.filter((c) => c.lon !== null).slice(0, MOST_CASES).flatMap((c) => ZOOMS.flatMap((zoom) => tilesAround(c.lon, c.lat, zoom))));
  for (const tile of wanted)
    for (const set of ["ground", "grids"]) {
      const address = `/tiles/${set}/${tile}.mvt`;
      if (had.has(address) || !navigator.onLine || leaving.aborted) continue;
      had.add(address);
      // The service worker keeps what goes by; one after the other, so that nobody waits for it.
      await fetch(address, { signal: leaving }).catch(() => had.delete(address));
    }
}
