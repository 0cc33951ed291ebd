// @ts-check
/** The list of plans, and the form that starts one. */
import { get, post } from "../api.js";
import { byId, element, toast } from "../dom.js";
import { age } from "../formats.js";
import { day, moment } from "./words.js";

const config = JSON.parse(byId("config").textContent);

/** @param {any} plan */
function when(plan) {
  if (plan.state === "published" && plan.edition) return interpolate(gettext("Edition %s"), [plan.edition]);
  if (plan.effective_at) return interpolate(gettext("takes effect %s"), [moment(plan.effective_at)]);
  return plan.state === "approved" ? gettext("takes effect when published") : "";
}

/** @param {any} plan */
function card(plan) {
  return element("a", { class: `plan ${plan.state === "withdrawn" ? "gone" : ""}`, href: `/plans/${plan.id}/`, "data-plan": plan.id },
    element("div", {},
      element("span", { class: `state ${plan.state}` }, plan.state_name),
      element("h2", {}, plan.title),
      element("div", { class: "meta" },
        element("span", {}, interpolate(gettext("from edition %s"), [plan.base.number])),
        plan.made_by && element("span", {}, plan.made_by),
        element("span", { title: moment(plan.made_at) }, age(plan.made_at)),
        plan.behind && ["drafting", "sent", "approved"].includes(plan.state) && element("span", { class: "behind" }, gettext("a newer edition is in force")))),
    element("div", { class: "cells" }, element("b", {}, plan.cells_touched.toLocaleString()), ngettext("cell touched", "cells touched", plan.cells_touched)),
    element("div", { class: "when" }, when(plan)));
}

/** @param {any[]} plans */
function draw(plans) {
  byId("plans").setAttribute("aria-busy", "false");
  byId("plans").replaceChildren(...plans.map(card), plans.length ? "" : element("div", { class: "none" },
    element("strong", {}, gettext("No plan yet")),
    config.may_create ? gettext("Start one: draw, look at its impact, send it for approval.") : gettext("Planners start plans; you will see them here.")));
  byId("copied").replaceChildren(...plans.map((plan) => element("option", { value: plan.id }, `${plan.title} (${day(plan.made_at)})`)));
  document.documentElement.dataset.ready = "yes";
}

function form() {
  const dialog = byId("making"), made = byId("make");
  byId("new").addEventListener("click", () => dialog.showModal());
  byId("cancel").addEventListener("click", () => dialog.close());
  const copies = () => made.elements.namedItem("from").value === "plan";
  made.addEventListener("change", () => (byId("copied").hidden = !copies()));
  made.addEventListener("submit", async (/** @type {any} */ event) => {
    event.preventDefault();
    byId("refused").hidden = true;
    try {
      const asked = { title: byId("title").value.trim() };
      const plan = await post("/api/plans", copies() ? { ...asked, from_plan: Number(byId("copied").value) } : asked);
      location.assign(`/plans/${plan.id}/`);
    } catch (error) {
      byId("refused").textContent = [error.message, error.body?.hint].filter(Boolean).join(" ");
      byId("refused").hidden = false;
    }
  });
}

if (byId("plans")) {
  if (config.may_create) form();
  get("/api/plans").then((answer) => draw(answer.plans), (error) => toast(error.message, "bad"));
}
