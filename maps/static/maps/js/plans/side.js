// @ts-check
/** The panel at the side (a sheet from below on a phone) with its tabs. */
import { byId, element } from "../dom.js";
import { TABS } from "./address.js";
import { openApproval } from "./approval.js";
import { openChecks } from "./checks.js";
import { icon } from "./icons.js";
import { openImpact } from "./impact.js";
import { openSteps } from "./steps.js";

const WORDS = { impact: () => gettext("Impact"), checks: () => gettext("Checks"), steps: () => gettext("Steps"), approval: () => gettext("Approval") };
const PHONE_PX = 760;

/**
 * @param {any} desk @param {{tab: string | null, wide: boolean}} first @param {() => void} remember
 */
export function openSide(desk, first, remember) {
  const side = byId("side"), bodies = byId("side-bodies");
  const phone = () => window.innerWidth <= PHONE_PX;
  /** @type {string | null} */
  let open = null;
  const tabs = new Map(TABS.map((tab) => [tab, element("button", {
    type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": `body-${tab}`, "aria-selected": "false", "data-tab": tab,
    onclick: () => show(phone() && open === tab ? null : tab),
  }, icon(tab, 16), element("span", {}, /** @type {any} */ (WORDS)[tab]()), element("b", { class: "count", hidden: true }))]));
  const body = new Map(TABS.map((tab) => [tab, element("section", { id: `body-${tab}`, role: "tabpanel", "aria-labelledby": `tab-${tab}`, hidden: true })]));
  const wide = element("button", { type: "button", class: "wide", title: gettext("All columns"), "aria-label": gettext("All columns"), "aria-pressed": "false", onclick: () => {
    widen(side.dataset.wide !== "yes");
    remember();
  } }, icon("wide", 18));
  byId("side-tabs").append(...tabs.values(), wide);
  bodies.append(...body.values());

  /** @param {string} tab @param {number} n @param {string} [mood] */
  function count(tab, n, mood = "") {
    const mark = /** @type {any} */ (tabs.get(tab)).querySelector(".count");
    mark.hidden = n === 0;
    mark.textContent = n > 99 ? "99+" : String(n);
    mark.className = `count ${mood}`;
  }
  const parts = /** @type {Record<string, {shown: () => void}>} */ ({
    impact: openImpact(desk, body.get("impact"), () => open === "impact"),
    checks: openChecks(desk, body.get("checks"), () => open === "checks", (n, mood) => count("checks", n, mood)),
    steps: openSteps(desk, body.get("steps"), () => open === "steps"),
    approval: openApproval(desk, body.get("approval"), (n) => count("approval", n, "warning")),
  });

  /** @param {string | null} tab null closes the sheet of a phone */
  function show(tab) {
    open = tab;
    for (const [name, made] of tabs) made.setAttribute("aria-selected", String(name === tab));
    for (const [name, made] of body) made.hidden = name !== tab;
    side.dataset.open = tab ? "yes" : "no";
    wide.hidden = tab !== "impact";
    if (tab !== "impact") side.dataset.wide = "no";
    if (tab) parts[tab].shown();
    remember();
    desk.map.leaflet.invalidateSize({ animate: false });
  }
  /** @param {boolean} on */
  function widen(on) {
    side.dataset.wide = on ? "yes" : "no";
    wide.setAttribute("aria-pressed", String(on));
    desk.map.leaflet.invalidateSize({ animate: false });
  }
  const shown = { tab: () => open, wide: () => side.dataset.wide === "yes", show };
  return {
    ...shown,
    begin() {
      show(first.tab ?? (phone() ? null : "impact"));
      widen(first.wide && open === "impact");
    },
  };
}
