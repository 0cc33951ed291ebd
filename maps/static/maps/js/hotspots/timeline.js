// @ts-check
/** The slider of time: the period itself at its right end, periods as long and so many steps earlier to its left. */
import { byId } from "../dom.js";

const STEPS = 12, PLAY_MS = 1100, DAY_MS = 86_400_000;

/** @param {string} day @param {number} days */
export function earlier(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}

/** @param {any} query of the period at the right end @param {(query: any) => Promise<void>} show a period of the past */
export function openTimeline(query, show) {
  const slider = byId("moment"), words = byId("moment-words"), play = byId("play"), step = byId("step");
  slider.max = STEPS;
  slider.min = 0;
  slider.value = STEPS;
  let playing = /** @type {any} */ (null);

  const chosen = () => {
    const back = (STEPS - Number(slider.value)) * Number(step.value);
    return { ...query, from: earlier(query.from, back), to: earlier(query.to, back) };
  };
  const say = () => {
    const { from, to } = chosen();
    words.textContent = `${from} – ${to}`;
  };
  const go = async () => {
    say();
    await show(chosen());
  };
  function stop() {
    clearTimeout(playing);
    playing = null;
    play.textContent = "▶";
    play.setAttribute("aria-label", gettext("Play"));
  }
  async function on() {
    await go();
    if (playing === null) return;
    if (Number(slider.value) >= STEPS) return stop();
    playing = setTimeout(() => {
      slider.value = Number(slider.value) + 1;
      on();
    }, PLAY_MS);
  }
  play.addEventListener("click", () => {
    if (playing !== null) return stop();
    if (Number(slider.value) >= STEPS) slider.value = 0;
    play.textContent = "❚❚";
    play.setAttribute("aria-label", gettext("Pause"));
    playing = 0;
    on();
  });
  slider.addEventListener("input", () => {
    stop();
    say();
  });
  slider.addEventListener("change", go);
  step.addEventListener("change", () => {
    stop();
    go();
  });
  say();
}
