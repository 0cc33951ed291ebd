// @ts-check
/** Strokes on the map by mouse, pen or finger; two fingers zoom, the space bar or the middle button move the map. */

/**
 * @param {any} leaflet
 * @param {{begin: (at: any, event: PointerEvent) => boolean | void, move?: (at: any) => void, end?: (at: any) => void, cancel?: () => void}} react
 *   `at` is a LatLng; `begin` may say false: this is no stroke
 * @returns {() => void} stops listening and gives the map back
 */
export function strokes(leaflet, react) {
  const ground = leaflet.getContainer();
  /** @type {Set<number>} */
  const down = new Set();
  let drawing = /** @type {number | null} */ (null), space = false;
  const at = (/** @type {PointerEvent} */ event) => leaflet.mouseEventToLatLng(event);
  function begin(/** @type {PointerEvent} */ event) {
    if (/** @type {Element} */ (event.target).closest(".leaflet-control, .leaflet-marker-icon, .desk-float")) return;
    down.add(event.pointerId);
    if (down.size > 1) return cancel();
    if (event.button !== 0 || space || react.begin(at(event), event) === false) return;
    drawing = event.pointerId;
    ground.setPointerCapture(event.pointerId);
  }
  function move(/** @type {PointerEvent} */ event) {
    if (event.pointerId !== drawing) return;
    for (const part of event.getCoalescedEvents?.() ?? []) react.move?.(at(part));
    react.move?.(at(event));
  }
  function end(/** @type {PointerEvent} */ event) {
    down.delete(event.pointerId);
    if (event.pointerId !== drawing) return;
    drawing = null;
    react.end?.(at(event));
  }
  function cancel() {
    if (drawing === null) return;
    drawing = null;
    react.cancel?.();
  }
  function lost(/** @type {PointerEvent} */ event) {
    down.delete(event.pointerId);
    if (event.pointerId === drawing) cancel();
  }
  function held(/** @type {KeyboardEvent} */ event) {
    if (event.code !== "Space" || /** @type {Element} */ (event.target).closest("input, textarea, select, button, summary")) return;
    event.preventDefault();
    space = event.type === "keydown";
    if (space) leaflet.dragging.enable();
    else leaflet.dragging.disable();
    ground.classList.toggle("moving", space);
  }
  const listened = /** @type {[EventTarget, string, any][]} */ ([
    [ground, "pointerdown", begin], [ground, "pointermove", move], [ground, "pointerup", end], [ground, "pointercancel", lost],
    [document, "keydown", held], [document, "keyup", held],
  ]);
  for (const [target, name, react_] of listened) target.addEventListener(name, react_);
  leaflet.dragging.disable();
  leaflet.doubleClickZoom.disable();
  ground.classList.add("drawing");
  return () => {
    cancel();
    for (const [target, name, react_] of listened) target.removeEventListener(name, react_);
    leaflet.dragging.enable();
    leaflet.doubleClickZoom.enable();
    ground.classList.remove("drawing", "moving");
  };
}
