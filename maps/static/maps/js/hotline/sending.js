// @ts-check
/** What is sent of a call, and what it lacks. Pure. */
import { nameOf } from "../formats.js";
import { address, caller } from "./draft.js";
import { limitWords, limitsOf } from "./limits.js";

/** What must be given before a call can be filed: the field, and the words that say so. @param {any} call @param {any} place */
export function missing(call, place) {
  if (!call.place) return { field: "words", words: gettext("Find the place first: type it and press Enter, or click the map.") };
  if (!place.answer) return { field: "words", words: gettext("The owner of the place is not known yet.") };
  // In an emergency a team is sent also where nobody owns the place.
  if (place.answer.rule === "outside" && !call.emergency) return { field: "words", words: gettext("The place lies outside the city: ask for another one.") };
  if (place.doubtful) return { field: "confirm-side", words: gettext("Ask the caller which side of the border is meant, and confirm it.") };
  if (!call.class) return { field: "class-words", words: gettext("Choose the class.") };
  return null;
}

/** @param {any} call @param {any} answer @param {any} chosen @param {any} config */
export function fileItem(call, answer, chosen, config) {
  const { place } = call;
  const who = caller(call);
  const body = {
    key: call.key, source: config.source, words: call.said, kind: chosen.kind, class: chosen.code,
    lon: place.x, lat: place.y, crs: place.crs, accuracy: place.confirmed ? null : (place.accuracy ?? null), address: (place.words || address(call.typed)).slice(0, 200),
    caller_name: who.name, caller_telephone: who.telephone, caller_anonymous: who.anonymous,
    ...(call.condition ? { condition: call.condition } : {}),
    ...(call.emergency ? { emergency: call.emergency, keep_outside: answer.rule === "outside" } : {}),
    ...(place.kind === "component" && place.code ? { component: place.code } : {}),
  };
  return { key: call.key, kind: "file", body, number: "", call: structuredClone(call), at: Date.now(), words: { class: chosen.name, owner: nameOf(answer.community), limit: call.emergency ? "" : limitWords(limitsOf(chosen, call.condition)) } };
}

/** @param {any} call @param {any} twin */
export function joinItem(call, twin) {
  const body = { key: call.key, words: call.said, ...caller(call) };
  return { key: call.key, kind: "join", body, number: twin.number, call: structuredClone(call), at: Date.now(), words: { class: nameOf(twin.class), owner: "", limit: "" } };
}
