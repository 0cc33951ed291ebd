// The hotline seat's pure parts: what a call lacks, what is sent of it, when a refusal means “later”, limits in words.
import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => import(new URL(`../../maps/static/maps/js/hotline/${name}.js`, import.meta.url));
globalThis.gettext = (words) => words;
globalThis.ngettext = (one, many, n) => (n === 1 ? one : many);
globalThis.interpolate = (words, values, named) => (named ? words.replace(/%\((\w+)\)s/g, (_, name) => values[name]) : words.replace(/%s/g, () => values.shift()));
globalThis.document = { documentElement: { lang: "en" }, cookie: "" };
globalThis.window = { addEventListener() {} };

const { address, caller, fresh } = await at("draft");
const { limitWords } = await at("limits");
const { fileItem, joinItem, missing } = await at("sending");
const { communities, isDoubtful } = await at("sides");
const { Problem, isAway } = await import(new URL("../../maps/static/maps/js/api.js", import.meta.url));

const lamp = { kind: "component", code: "0137", name: "Street lamp", limits: [{ value: 5, unit: "WD" }] };
const here = { x: 114.01, y: 34.7, crs: "WGS84", words: "Renmin Road 12" };
const answer = (more = {}) => ({ rule: "contains", cell: "A1", certain: ["community"], candidates: [], community: { name_en: "North" }, ...more });

test("each call has a key of its own, and the case and the join carry it", () => {
  const call = { ...fresh(), place: here, class: "component-0137", said: "dark" };
  assert.notEqual(call.key, fresh().key);
  assert.equal(fileItem(call, answer(), lamp, { source: "hotline" }).body.key, call.key);
  assert.equal(joinItem(call, { number: "7", class: lamp }).body.key, call.key);
});

test("of whom nothing is said nothing is kept: an anonymous caller", () => {
  assert.deepEqual(caller({ ...fresh(), name: " ", telephone: "" }), { name: "", telephone: "", anonymous: true });
  assert.deepEqual(caller({ ...fresh(), telephone: " 0371 1234567 " }), { name: "", telephone: "0371 1234567", anonymous: false });
});

test("what is missing is asked for in the order of the call", () => {
  const field = (call, place) => missing({ ...fresh(), ...call }, place)?.field;
  assert.equal(field({}, {}), "words");
  assert.equal(field({ place: here }, { answer: null }), "words");
  assert.equal(field({ place: here, class: "x" }, { answer: answer({ rule: "outside" }) }), "words");
  assert.equal(field({ place: here, class: "x" }, { answer: answer(), doubtful: true }), "confirm-side");
  assert.equal(field({ place: here }, { answer: answer() }), "class-words");
  assert.equal(field({ place: here, class: "x" }, { answer: answer() }), undefined);
});

test("a clicked place keeps the address that was typed, coordinates are none", () => {
  const call = { ...fresh(), place: { ...here, words: "" }, typed: " behind the school ", class: "x" };
  assert.equal(fileItem(call, answer(), lamp, { source: "hotline" }).body.address, "behind the school");
  assert.equal(address("114.01, 34.7"), "");
});

test("a side that was confirmed is sent without the doubt, a component with its code", () => {
  const sure = { ...fresh(), place: { ...here, accuracy: 25, confirmed: true, kind: "component", code: "9901" } };
  const { body } = fileItem(sure, answer(), lamp, { source: "hotline" });
  assert.deepEqual([body.accuracy, body.component], [null, "9901"]);
});

test("only a border between communities is a question, and only until it is answered", () => {
  const near = answer({ rule: "near_border", certain: [], candidates: [{ cell: "B1", community: { code: "B" } }, { cell: "A1", community: { code: "A" } }, { cell: "B2", community: { code: "B" } }] });
  assert.equal(isDoubtful(here, near), true);
  assert.equal(isDoubtful({ ...here, confirmed: true }, near), false);
  assert.equal(isDoubtful(here, { ...near, certain: ["community"] }), false);
  assert.deepEqual(communities(near).map((c) => c.cell), ["A1", "B1"]);
});

test("a lost network, database or session means later; a refusal means no", () => {
  assert.equal(isAway(new TypeError("Failed to fetch")), true);
  assert.equal(isAway(new Problem(503, { error: "no_database" })), true);
  assert.equal(isAway(new Problem(401, {})), true);
  assert.equal(isAway(new Problem(502, null)), true);
  assert.equal(isAway(new Problem(503, { error: "no_edition" })), false);
  assert.equal(isAway(new Problem(400, { error: "bad_report" })), false);
});

test("limits are told as one, or from the shortest to the longest", () => {
  assert.equal(limitWords([]), "");
  assert.equal(limitWords([{ value: 1, unit: "WD" }]), "1 working day");
  assert.equal(limitWords([{ value: 3, unit: "UH" }, { value: 8, unit: "WH" }, { value: 5, unit: "WD" }]), "3 hours by the clock to 5 working days");
});
