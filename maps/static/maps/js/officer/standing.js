// @ts-check
/** How a case stands here: as the server told it, and as it will stand when what waits has been sent. Pure. */

/** Where an act leads, so that one can go on in a dead spot; the server's table decides when it is sent. */
const LEADS = /** @type {Record<string, string>} */ ({ take_on: "handling", handle: "handled", return: "filed", verify: "verified", fix_on_spot: "handled" });
export const AT_WORK = new Set(["dispatched", "handling", "held", "verifying"]);

/**
 * @param {any} seen a case of the list @param {any[]} items of the outbox, in order @param {Record<string, string[]>} actsByStage
 * @returns {any} the case with `stage`, `acts` and `waits` (its acts that are not sent) as they will be
 */
export function standing(seen, items, actsByStage) {
  const own = items.filter((item) => item.number === seen.number);
  let { stage, acts } = seen;
  for (const item of own) {
    if (item.state !== "waiting") continue;
    const to = LEADS[item.act];
    if (to) {
      stage = to;
      acts = (actsByStage[to] ?? []).filter((act) => AT_WORK.has(to) || act === "photo");
    } else if (item.act === "escalate" || item.act === "to_own_unit") acts = acts.filter((/** @type {string} */ act) => act === "photo"); // another's work from then on
    else acts = acts.filter((/** @type {string} */ act) => act !== item.act);
  }
  return { ...seen, stage, acts, waits: own };
}

/** Nearest first where the phone knows where it is, else the oldest first; done with, last. @param {any[]} cases @param {{lon: number, lat: number} | null} here @param {(a: any, b: any) => number} metres */
export function ordered(cases, here, metres) {
  const away = (/** @type {any} */ c) => (here && c.lon !== null ? metres(here, c) : c.distance_m);
  return cases
    .map((c) => ({ ...c, distance_m: away(c) }))
    .sort((a, b) => Number(!AT_WORK.has(a.stage)) - Number(!AT_WORK.has(b.stage)) || (a.distance_m ?? Infinity) - (b.distance_m ?? Infinity) || (a.reported_at < b.reported_at ? -1 : 1));
}

/** Whether a case has a picture after the work, sent or waiting. @param {any} c */
export const hasAfter = (c) => c.photos.some((/** @type {any} */ p) => p.kind === "after") || c.waits.some((/** @type {any} */ item) => item.state === "waiting" && item.files.some((/** @type {any} */ f) => f.kind === "after"));
