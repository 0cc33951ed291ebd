// @ts-check
/** The hotline seat: who calls, what is said, where it is, which class; one key and the case is with its community. */
import { CityMap } from "../city_map.js";
import { byId, element, toast } from "../dom.js";
import { nameOf } from "../formats.js";
import { listen } from "../live.js";
import { openCalls } from "./calls.js";
import { idOf, openClasses } from "./classes.js";
import { openDraft } from "./draft.js";
import { openFields } from "./fields.js";
import { openKeys } from "./keys.js";
import { openOutbox } from "./outbox.js";
import { openPlace } from "./place.js";
import { openResult } from "./result.js";
import { fileItem, joinItem, missing } from "./sending.js";
import { openTwins } from "./twins.js";

const config = JSON.parse(byId("config").textContent);

async function start() {
  // They stand when the map does; people may type before that.
  let place = /** @type {any} */ (null), twins = /** @type {any} */ (null), calls = /** @type {any} */ (null);
  const draft = openDraft(config.me);
  const fields = openFields(draft, { changed: update });
  const classes = openClasses(config, draft, { changed: update });
  const outbox = openOutbox(config.me, { sent, refused, changed: waiting });
  calls = openCalls(config, outbox, { take_up: takeUp });
  const result = openResult(draft, outbox, { next: () => next() });
  const city = await CityMap.open(config, null);
  // The list of calls below grows and shrinks: the map fills what is left.
  new ResizeObserver(() => city.leaflet.invalidateSize({ pan: false })).observe(byId("map"));
  twins = openTwins(city, config, { join, changed: drawActs });
  place = openPlace(city, config, draft, {
    changed: update,
    picked(found) {
      const named = found?.kind === "component" ? `component-${found.category}` : "";
      if (named && !draft.call.class && config.classes.some((/** @type {any} */ c) => idOf(c) === named)) classes.take(named, { by_hand: false });
      byId("class-words").focus();
    },
  });

  /** After any change: what is near, what is missing, what can be done. */
  function update() {
    if (!place) return;
    twins.look(place.answer && place.answer.rule !== "outside" ? draft.call.place : null, classes.chosen());
    drawActs();
  }
  function drawActs() {
    if (!place) return;
    const lacks = missing(draft.call, place);
    if (!lacks) result.settled();
    const file = byId("file");
    const owner = nameOf(place.answer?.community);
    const apart = twins.count > 0;
    const words = draft.call.emergency ? gettext("File as an emergency, and choose the team") : !owner ? gettext("File and dispatch") : apart ? interpolate(gettext("File apart, to %s"), [owner]) : interpolate(gettext("File and dispatch to %s"), [owner]);
    file.replaceChildren(element("span", {}, words), element("kbd", {}, "Ctrl ↵"));
    file.classList.toggle("not-yet", Boolean(lacks));
    const near = byId("twins-near");
    near.hidden = !apart || draft.call.state !== "open";
    near.textContent = interpolate(ngettext("%s open case near: look before filing", "%s open cases near: look before filing", twins.count), [twins.count]);
    byId("over").hidden = draft.empty || draft.call.state !== "open";
    fields.drawSince();
  }
  function file() {
    if (draft.call.state !== "open") return;
    const at = document.activeElement;
    // A name that is typed but not looked up yet: the key means it, and files when the owner was seen.
    if (at === byId("words") && !draft.call.place) return byId("finder").requestSubmit();
    if (at === byId("class-words")) classes.takeTyped();
    const lacks = missing(draft.call, place);
    if (lacks) {
      result.tell(lacks.words);
      byId(lacks.field)?.focus();
      return;
    }
    hand(fileItem(draft.call, place.answer, classes.chosen(), config));
  }
  /** @param {any} twin */
  function join(twin) {
    if (draft.call.state === "open" && twin) hand(joinItem(draft.call, twin));
  }
  /** @param {any} item */
  function hand(item) {
    draft.set({ state: "sent", result: { ...item.words, number: item.number, joined: item.kind === "join", done: false } });
    result.tell("");
    result.draw();
    drawActs();
    outbox.put(item);
  }
  /** Something waits, or waits no more. */
  function waiting() {
    calls?.draw();
    if (draft.call.state === "sent" && !draft.call.result?.done) result.draw();
  }
  /** @param {any} item @param {any} answer */
  function sent(item, answer) {
    if (draft.call.key === item.key && draft.call.state === "sent") {
      const { owner, ...told } = answer;
      draft.set({ result: { ...draft.call.result, ...told, ...(owner ? { owner: nameOf(owner) } : {}), done: true } });
      result.draw();
    } else if (!answer.note) toast(interpolate(gettext("A call that waited here was sent: case %s."), [answer.number]), "good");
    else toast(answer.note, "bad");
    city.refresh("cases");
    calls.refresh();
  }
  /** @param {any} item @param {any} error */
  function refused(item, error) {
    if (draft.call.key !== item.key || draft.call.state !== "sent") return calls.draw();
    outbox.take(item);
    draft.set({ state: "open", result: null });
    result.draw();
    result.tell(`${error.message} ${error.body.hint ?? ""}`.trim(), true);
    byId({ telephone: "telephone", name: "caller-name", anonymous: "anonymous", words: "said", class: "class-words" }[error.body.where?.field] ?? "")?.focus();
    twins.again(draft.call.place, classes.chosen());
    update();
  }
  /** The form is another call's: a new one, or one that is taken up. @param {any} [other] */
  function next(other) {
    draft.next(other);
    place.clear();
    classes.clear();
    fields.restore();
    result.tell("");
    result.draw();
    if (other) {
      classes.restore();
      place.restore();
    }
    update();
    byId("telephone").focus();
  }
  /** @param {any} item */
  function takeUp(item) {
    if (draft.call.state === "open" && !draft.empty) return toast(gettext("File the call in the form first, or start over."));
    outbox.take(item);
    next({ ...item.call, state: "open", result: null });
    result.tell(item.refused, true);
  }
  function startOver() {
    const before = structuredClone(draft.call);
    next();
    const back = element("button", { type: "button", class: "link", onclick: (/** @type {any} */ e) => {
      e.target.closest(".toast").remove();
      next(before);
    } }, gettext("Bring it back"));
    toast(gettext("The form is empty."), "plain", back);
  }

  byId("file").addEventListener("click", file);
  // Who goes leaves no caller behind; what still waits to be sent stays, or the call would be lost.
  document.querySelector('form[action$="/logout/"]')?.addEventListener("submit", () => draft.next());
  byId("twins-near").addEventListener("click", () => byId("part-twins").scrollIntoView());
  byId("over").addEventListener("click", startOver);
  const suggestion = (/** @type {number} */ n) => () => draft.call.state === "open" && classes.takeSuggestion(n);
  const done = () => draft.call.state === "sent" && (next(), true);
  openKeys({
    "Alt+1": () => byId("telephone").focus(), "Alt+2": () => byId("said").focus(), "Alt+3": () => (byId("words").focus(), byId("words").select()),
    "Alt+4": () => byId("class-words").focus(), "Alt+5": () => twins.focus(), "Alt+6": () => byId("emergency").focus(), S: () => result.sendNearest(), "Alt+J": () => join(twins.first), "Ctrl+Enter": file,
    1: suggestion(0), 2: suggestion(1), 3: suggestion(2), Escape: done,
  });
  const everything = () => {
    outbox.run();
    calls.refresh();
    city.refresh("cases");
    twins.again(draft.call.place, classes.chosen());
  };
  listen({
    case: (told) => {
      city.refresh("cases");
      twins.again(draft.call.state === "open" ? draft.call.place : null, classes.chosen());
      if (!told.number || calls.has(told.number)) calls.refresh();
    },
    refetch: everything,
    edition: () => {
      city.refresh("grids");
      if (draft.call.place && draft.call.state === "open") place.choose(draft.call.place, { move: false });
      toast(gettext("A new edition of the grids is in force."));
    },
  });

  fields.restore();
  classes.restore();
  place.restore();
  result.draw();
  update();
  outbox.run();
  calls.draw();
  if (draft.call.state === "open") byId("telephone").focus();
  /** @type {any} */ (window).wanmi = { city };
  document.documentElement.dataset.ready = "yes";
}

if (byId("map")) start();
