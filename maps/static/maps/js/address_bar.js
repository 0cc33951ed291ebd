// @ts-check
/** The view, the chosen place and the hidden layers live in the address, so that a link shows what its sender saw. Pure but for `history`. */

/**
 * @typedef {{lat: number, lon: number, zoom: number}} View
 * @typedef {{x: number, y: number, crs: string, words?: string}} Chosen
 */

/** @param {string} hash @returns {{view: View | null, chosen: Chosen | null, off: string[]}} */
export function parse(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const [zoom, lat, lon] = (fields.get("map") ?? "").split("/").map(Number);
  const view = fields.has("map") && [zoom, lat, lon].every(Number.isFinite) ? { zoom, lat, lon } : null;
  const [x, y] = (fields.get("at") ?? "").split(",").map(Number);
  const chosen = fields.has("at") && Number.isFinite(x) && Number.isFinite(y) ? { x, y, crs: fields.get("crs") ?? "WGS84", words: fields.get("q") ?? undefined } : null;
  return { view, chosen, off: (fields.get("off") ?? "").split(",").filter(Boolean) };
}

/** @param {View} view @param {Chosen | null} chosen @param {string[]} off */
export function compose(view, chosen, off) {
  const parts = [`map=${view.zoom}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}`];
  if (chosen) {
    parts.push(`at=${chosen.x},${chosen.y}`);
    if (chosen.crs !== "WGS84") parts.push(`crs=${encodeURIComponent(chosen.crs)}`);
    if (chosen.words) parts.push(`q=${encodeURIComponent(chosen.words)}`);
  }
  if (off.length) parts.push(`off=${off.join(",")}`);
  return `#${parts.join("&")}`;
}
