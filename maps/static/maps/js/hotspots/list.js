// @ts-check
/** The spots one under the other, each with its sentence; one that is opened shows its cases. */
import { get } from "../api.js";
import { byId, element } from "../dom.js";
import { age, nameOf } from "../formats.js";

/** @param {any} figures @param {any} spots */
function summary(figures, spots) {
  const hot = spots.filter((/** @type {any} */ s) => s.hot).length;
  const words = !figures.whole
    ? interpolate(ngettext("%(spots)s place stands out in the city, %(own)s in your territory, which has %(cases)s cases.", "%(spots)s places stand out in the city, %(own)s in your territory, which has %(cases)s cases.", spots.length), { spots: spots.length, own: figures.own_spots, cases: figures.cases.toLocaleString() }, true)
    : spots.length
    ? interpolate(ngettext("%(spots)s place stands out among %(cases)s cases.", "%(spots)s places stand out among %(cases)s cases.", spots.length), { spots: spots.length, cases: figures.cases.toLocaleString() }, true)
    : interpolate(gettext("No place stands out among %(cases)s cases."), { cases: figures.cases.toLocaleString() }, true);
  const against = { past: gettext("each unit's own past"), components: gettext("the components that stand there"), area: gettext("its area"), population: gettext("the people who live there"), patrol: gettext("the hours of patrols there") }[/** @type {"past"} */ (figures.exposure)];
  const more = [interpolate(gettext("Held against %s."), [against])];
  if (figures.smallest_ratio_median) more.push(interpolate(gettext("In half of the units nothing below %s times the expected could have been found in this period."), [figures.smallest_ratio_median]));
  if (!figures.whole) more.push(gettext("Colours are of the whole city; numbers of cases are told of your territory only."));
  if (hot < spots.length) more.push(interpolate(ngettext("%s of them is cold.", "%s of them are cold.", spots.length - hot), [spots.length - hot]));
  return [element("p", { class: "lead" }, words), element("p", { class: "hint" }, more.join(" "))];
}

/** The ledger of a spot's first community in the period. @param {any} query @param {any} spot */
export function ledgerOf(query, spot) {
  const asked = new URLSearchParams({ since: query.from, until: query.to });
  if (spot.community_codes[0]) asked.set("area", spot.community_codes[0]);
  if (query.class?.includes("-")) asked.set("class", query.class);
  if (query.source) asked.set("source", query.source);
  return `/ledger/?${asked}`;
}

/** @param {any} found @param {Record<string, string>} stages */
function caseLines(found, stages) {
  return found.cases.map((/** @type {any} */ one) => {
    const at = one.lon === null ? "" : `map=17/${one.lat}/${one.lon}&at=${one.lon},${one.lat}&q=${one.number}`;
    return element("li", {}, element("a", { href: `/#${at}` }, one.number), ` ${nameOf(one.class)} · ${stages[one.stage] ?? one.stage} · ${age(one.reported_at)}`, element("span", { class: "where" }, one.address || one.words));
  });
}

/**
 * @param {any} answer of /api/hotspots @param {any} query it was asked by @param {Record<string, string>} stages
 * @param {(k: number) => void} show bring a spot into view
 */
export function drawList(answer, query, stages, show) {
  const box = byId("spots");
  const items = answer.spots.map((/** @type {any} */ spot, /** @type {number} */ k) => {
    const cases = element("div", { class: "cases" });
    const item = element("details", { class: spot.hot ? "spot hot" : "spot cold", "data-spot": k, "data-test": "spot" },
      element("summary", {}, element("b", { class: "rank", "aria-hidden": "true" }, k + 1), element("span", {}, spot.sentence, element("small", {}, gettext("since"), " ", spot.began))), cases);
    if (spot.told === false) item.classList.add("of-others");
    item.addEventListener("toggle", async () => {
      if (!(/** @type {HTMLDetailsElement} */ (item).open)) return;
      for (const other of box.querySelectorAll("details[open]")) if (other !== item) other.open = false;
      show(k);
      if (cases.childElementCount || spot.told === false) return;
      try {
        const found = await get("/api/hotspots/spot", { ...query, spot: k });
        const shown = found.cases.length;
        cases.append(element("div", {},
          element("p", {}, element("a", { href: ledgerOf(query, spot), "data-test": "spot-ledger" }, gettext("The community's ledger of this period"))),
          element("ul", { "data-test": "spot-cases" }, caseLines(found, stages)),
          shown < found.in_all && element("p", { class: "hint" }, interpolate(gettext("%(shown)s of %(all)s cases: the newest that you may see."), { shown, all: found.in_all }, true))));
      } catch (problem) {
        cases.replaceChildren(element("p", { class: "errorlist" }, /** @type {Error} */ (problem).message));
      }
    });
    return item;
  });
  box.replaceChildren(...summary(answer.figures, answer.spots), ...items);
  box.setAttribute("aria-busy", "false");
}

/** Open a spot's item. @param {number} k */
export function openItem(k) {
  const item = byId("spots").querySelector(`[data-spot="${k}"]`);
  if (!item) return;
  item.open = true;
  item.scrollIntoView({ block: "nearest" });
}
