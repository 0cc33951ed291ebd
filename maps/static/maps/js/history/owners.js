// @ts-check
/** The answer to a click: who owned the place in each edition, and where its cell comes from and what became of it. */
import { element } from "../dom.js";
import { lonLat, nameOf } from "../formats.js";
import { became } from "./words.js";

const LADDER = ["grid", "community", "town", "district"];

/** @param {any} answer of /api/route @param {string} heading @param {any} config @param {(level: string) => boolean} differs */
function owner(answer, heading, config, differs) {
  const row = (/** @type {string} */ level, /** @type {any} */ name, /** @type {string} */ code) =>
    element("div", { class: differs(level) ? "differs" : null, "data-level": level },
      element("dt", {}, config.levels[level]), element("dd", {}, name && element("span", {}, name), code && element("span", { class: "code" }, code)));
  return element("div", { class: "owner" }, element("h3", {}, heading),
    answer.rule === "outside"
      ? element("p", {}, gettext("Outside the city"))
      : element("dl", {}, row("cell", "", answer.cell), ...LADDER.filter((level) => answer[level]).map((level) => row(level, nameOf(answer[level]), answer[level].code))));
}

/**
 * @param {{place: [number, number], before: any, after: any, families: any[], config: any, days: any, names: [string, string],
 *   go: (member: any) => void, close: () => void}} told
 */
export function drawAnswer({ place, before, after, families, config, days, names, go, close }) {
  const code = (/** @type {any} */ answer, /** @type {string} */ level) => (level === "cell" ? answer.cell : answer[level]?.code) ?? "";
  const differs = (/** @type {string} */ level) => code(before, level) !== code(after, level);
  const changed = ["cell", ...LADDER].some(differs);
  return [
    element("header", { class: "answer-head" },
      element("div", {}, element("h2", {}, gettext("Chosen place")), element("p", { class: "hint code" }, lonLat(...place))),
      element("button", { type: "button", class: "close", "aria-label": gettext("Close"), onclick: close }, "×")),
    element("p", { class: `verdict ${changed ? "changed" : ""}`, "data-test": "verdict" }, verdict(before, after, differs)),
    element("div", { class: "owners" }, owner(before, names[0], config, differs), owner(after, names[1], config, differs)),
    ...families.map((told) => family(told, days, go)),
  ];
}

/** In one sentence. @param {any} before @param {any} after @param {(level: string) => boolean} differs */
function verdict(before, after, differs) {
  if (differs("community")) {
    if (!after.community) return gettext("The place is not in the city any more.");
    if (!before.community) return gettext("The place has come into the city.");
    return interpolate(gettext("The place has gone from %(before)s to %(after)s."), { before: nameOf(before.community), after: nameOf(after.community) }, true);
  }
  if (differs("grid")) return gettext("The same community, but another third-level grid is responsible.");
  if (differs("cell")) return gettext("The same hands, but the place lies in another cell now.");
  return gettext("The same owner in both editions.");
}

/** @param {any} told of /api/cells/…/family @param {any} days @param {(member: any) => void} go */
function family(told, days, go) {
  const { cell, members, ancestors, descendants, versions } = told;
  const lines = (/** @type {"up" | "down"} */ side) => {
    const [from, to, links] = side === "up" ? ["child", "parent", ancestors] : ["parent", "child", descendants];
    // A cell that several branches lead to is unfolded once.
    const unfolded = new Set([cell.code]);
    /** @param {string} code @returns {any} */
    const below = (code) => {
      const here = links.filter((/** @type {any} */ link) => link[from] === code);
      if (!here.length) return null;
      return element("ul", {}, ...here.map((/** @type {any} */ link) => {
        const member = members[link[to]];
        const fresh = !unfolded.has(member.code);
        unfolded.add(member.code);
        return element("li", { class: member.in_force ? null : "gone" },
          element("span", { class: "how" }, became(link, side), " "),
          element("button", { type: "button", class: "link code", title: gettext("Show on the map"), onclick: () => go(member) }, member.code),
          element("span", { class: "hint" }, ` · ${days.day(link.at)} · ${interpolate(gettext("edition %s"), [link.edition])}`), fresh ? below(member.code) : null);
      }));
    };
    return below(cell.code);
  };
  const up = lines("up"), down = lines("down");
  const head = cell.in_force
    ? interpolate(gettext("in force since %s"), [days.day(cell.born_at)])
    : `${days.day(cell.born_at)} – ${days.day(cell.retired_at)}`;
  return element("section", { class: "family", "data-test": "family", "data-cell": cell.code },
    element("h3", {}, gettext("Family of cell"), " ", element("button", { type: "button", class: "link code", title: gettext("Show on the map"), onclick: () => go(cell) }, cell.code)),
    element("p", { class: "hint" }, head),
    up, down,
    !up && !down && element("p", { class: "hint" }, gettext("It was neither split nor merged.")),
    told.more && element("p", { class: "hint" }, gettext("The tree goes on: choose a cell at its end.")),
    versions.length > 1 && element("details", {}, element("summary", {}, interpolate(ngettext("%s version", "%s versions", versions.length), [versions.length])),
      element("ul", { class: "versions" }, ...versions.map((/** @type {any} */ v) => element("li", {},
        element("b", {}, v.until_at ? `${days.day(v.since_at)} – ${days.day(v.until_at)}` : interpolate(gettext("since %s"), [days.day(v.since_at)])),
        ` ${nameOf(v.community)}${v.grid ? ` · ${nameOf(v.grid)}` : ""} · ${Math.round(v.area_m2).toLocaleString()} m²`)))));
}
