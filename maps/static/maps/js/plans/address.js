// @ts-check
/** The drawing table's state in the address: view, active grid and its community, open tab, whether the panel is wide. Pure. */

export const TABS = ["impact", "checks", "steps", "approval"];

/**
 * @typedef {{lat: number, lon: number, zoom: number}} View
 * @typedef {{view: View | null, grid: number | null, community: number | null, tab: string | null, wide: boolean}} Shown
 */

/** @param {string} hash @returns {Shown} */
export function parse(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const [zoom, lat, lon] = (fields.get("map") ?? "").split("/").map(Number);
  const view = fields.has("map") && [zoom, lat, lon].every(Number.isFinite) ? { zoom, lat, lon } : null;
  const whole = (/** @type {string} */ name) => {
    const value = Number(fields.get(name));
    return Number.isInteger(value) && value !== 0 ? value : null;
  };
  const tab = fields.get("tab");
  return { view, grid: whole("grid"), community: whole("in"), tab: tab && TABS.includes(tab) ? tab : null, wide: fields.has("wide") };
}

/** @param {Shown} shown */
export function compose({ view, grid, community, tab, wide }) {
  const parts = [];
  if (view) parts.push(`map=${view.zoom}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}`);
  if (grid && community) parts.push(`grid=${grid}`, `in=${community}`);
  if (tab) parts.push(`tab=${tab}`);
  if (wide) parts.push("wide");
  return `#${parts.join("&")}`;
}
