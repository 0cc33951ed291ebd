// @ts-check
/** Who calls and what is said: plain fields that write themselves into the call. */
import { byId } from "../dom.js";

/** @param {any} draft @param {{changed: () => void}} tell */
export function openFields(draft, tell) {
  const telephone = byId("telephone"), name = byId("caller-name"), anonymous = byId("anonymous"), said = byId("said"), emergency = byId("emergency");
  function drawSince() {
    const { begun, state } = draft.call;
    byId("since").textContent = begun && state === "open" && !draft.empty ? interpolate(gettext("since %s"), [new Date(begun).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false })]) : "";
  }
  function lock() {
    telephone.disabled = name.disabled = anonymous.checked;
  }
  function read() {
    // Of an anonymous caller nothing is kept, not even here.
    if (anonymous.checked) telephone.value = name.value = "";
    lock();
    draft.set({ telephone: telephone.value, name: name.value, anonymous: anonymous.checked, said: said.value, emergency: emergency.value });
    tell.changed();
  }
  for (const field of [telephone, name, anonymous, said, emergency]) field.addEventListener("input", read);
  // Enter goes on to what comes next in a call; in the words it is a new line.
  for (const [field, then] of [[telephone, name], [name, said]])
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
      event.preventDefault();
      then.focus();
    });
  return {
    drawSince,
    restore() {
      telephone.value = draft.call.telephone;
      name.value = draft.call.name;
      anonymous.checked = draft.call.anonymous;
      said.value = draft.call.said;
      emergency.value = draft.call.emergency;
      lock();
      drawSince();
    },
  };
}
