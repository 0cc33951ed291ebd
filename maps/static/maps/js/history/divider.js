// @ts-check
/** The divider between the two editions: dragged by mouse or finger, moved by arrow keys. */

/**
 * @param {HTMLElement} divider with role slider @param {HTMLElement} ground what it divides
 * @param {{at: number, moved: (percent: number) => void, settled: () => void}} how percent from the left
 */
export function openDivider(divider, ground, { at, moved, settled }) {
  let percent = at;
  /** @param {number} wanted */
  function set(wanted) {
    percent = Math.round(Math.min(100, Math.max(0, wanted)) * 10) / 10;
    divider.style.left = `${percent}%`;
    divider.setAttribute("aria-valuenow", String(Math.round(percent)));
    divider.setAttribute("aria-valuetext", interpolate(gettext("The left edition fills %s percent of the map"), [Math.round(percent)]));
    moved(percent);
  }

  let grip = 0;
  divider.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    divider.focus({ preventScroll: true });
    divider.setPointerCapture(event.pointerId);
    // Where it was gripped stays under the finger.
    grip = event.clientX - divider.getBoundingClientRect().left - divider.offsetWidth / 2;
    divider.classList.add("held");
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const box = ground.getBoundingClientRect();
    set(((event.clientX - grip - box.left) / box.width) * 100);
  });
  for (const end of ["pointerup", "pointercancel"])
    divider.addEventListener(end, () => {
      divider.classList.remove("held");
      settled();
    });
  divider.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 2;
    const to = { ArrowLeft: percent - step, ArrowDown: percent - step, ArrowRight: percent + step, ArrowUp: percent + step, PageDown: percent - 10, PageUp: percent + 10, Home: 0, End: 100 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    set(to);
    settled();
  });
  set(percent);
  return { at: () => percent, set };
}
