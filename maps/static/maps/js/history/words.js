// @ts-check
/** Editions, days and changes in the reader's words. Pure but for the page's language. */

/** What can have happened to a cell: words, colour and hatching; told apart without colours too. */
export const KINDS = /** @type {Record<string, {words: () => string, colour: string}>} */ ({
  born: { words: () => gettext("new cell"), colour: "#00806a" },
  retired: { words: () => gettext("cell gone"), colour: "#c8431a" },
  reshaped: { words: () => gettext("other shape"), colour: "#0067a8" },
  rehanded: { words: () => gettext("other grid or community"), colour: "#a06a00" },
});

/** @param {string} zone of the city */
export function daysOf(zone) {
  const language = document.documentElement.lang;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: zone });
  const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  const plain = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: zone });
  return {
    day: (/** @type {string} */ moment) => day.format(new Date(moment)),
    time: (/** @type {string} */ moment) => time.format(new Date(moment)),
    /** As date fields want it. @param {string} moment */
    plain: (moment) => plain.format(new Date(moment)),
  };
}

/** @typedef {ReturnType<typeof daysOf>} Days */

/** From when to when. @param {any} edition @param {Days} days */
export function span(edition, days) {
  if (!edition.valid_to) return interpolate(gettext("since %s"), [days.day(edition.valid_from)]);
  return `${days.day(edition.valid_from)} – ${days.day(edition.valid_to)}`;
}

/** What it is called: the label of its plan, or its number. @param {any} edition */
export function title(edition) {
  const words = edition.label || edition.plan?.title || "";
  const number = interpolate(gettext("Edition %s"), [edition.number]);
  return words ? `${number} · ${words}` : number;
}

/** How a cell came from another, or went into it. @param {any} link @param {"up" | "down"} side */
export function became(link, side) {
  if (side === "up") return link.kind === "merged" ? gettext("merged from") : link.kind === "split" ? gettext("split from") : gettext("came from");
  return link.kind === "merged" ? gettext("merged into") : link.kind === "split" ? gettext("split into") : gettext("became");
}
