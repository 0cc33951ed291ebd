// @ts-check
/** Distances, ages, names: numbers as people read them. Pure. */

const chinese = () => document.documentElement.lang.startsWith("zh");

/** The name in the page's language, the other one where that is empty. @param {any} thing */
export function nameOf(thing) {
  if (!thing) return "";
  return (chinese() ? thing.name_zh || thing.name_en : thing.name_en || thing.name_zh) || thing.code || "";
}

/** @param {number} metres */
export function distance(metres) {
  if (!Number.isFinite(metres)) return "–";
  if (metres < 0.95) return `${Math.round(metres * 100)} cm`;
  if (metres < 10) return `${metres.toFixed(1)} m`;
  if (metres < 995) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 9950 ? 1 : 0)} km`;
}

/** How long ago, in the largest fitting unit. @param {string | number | Date} moment @param {number} [now] */
export function age(moment, now = Date.now()) {
  const minutes = Math.max(0, Math.round((now - new Date(moment).getTime()) / 60000));
  if (minutes < 1) return gettext("just now");
  if (minutes < 60) return interpolate(ngettext("%s min ago", "%s min ago", minutes), [minutes]);
  const hours = Math.round(minutes / 60);
  if (hours < 36) return interpolate(ngettext("%s h ago", "%s h ago", hours), [hours]);
  const days = Math.round(hours / 24);
  return interpolate(ngettext("%s day ago", "%s days ago", days), [days]);
}

/** @param {number} lon @param {number} lat */
export const lonLat = (lon, lat) => `${lon.toFixed(6)}, ${lat.toFixed(6)}`;

/** Longitude and latitude, if two numbers are all that was typed. @param {string} words @returns {[number, number] | null} */
export function twoNumbers(words) {
  const found = /^\s*([-+]?\d+(?:\.\d+)?)\s*[,，;\s]\s*([-+]?\d+(?:\.\d+)?)\s*$/.exec(words);
  return found ? [Number(found[1]), Number(found[2])] : null;
}
