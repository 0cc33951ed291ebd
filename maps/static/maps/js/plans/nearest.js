// @ts-check
/** The intent that says the nearest edit which is allowed, in place of one that was refused. Pure. */

/**
 * @param {{kind: string, intent: any}} meant
 * @param {any} where of the refusal: `nearest` is a GeoJSON geometry or null, `nearest_cells` are keys
 * @returns {{kind: string, intent: any} | null} null where there is none
 */
export function nearestEdit({ kind, intent }, where) {
  const { nearest, nearest_cells: cells, reason } = where ?? {};
  if (nearest) {
    // The nearest way to straighten a border is a line to put in its place.
    if (kind === "straighten") return { kind: "move_border", intent: { arc: intent.arc, line: nearest.coordinates, across: intent.across } };
    const asked = shaped(intent, nearest, reason);
    return asked && { kind, intent: asked };
  }
  if (cells?.length && Array.isArray(intent.cells)) return { kind, intent: { ...intent, cells } };
  return null;
}

/** @param {any} intent @param {any} nearest @param {string} reason */
function shaped(intent, nearest, reason) {
  const { line: _line, lines: _lines, ...rest } = intent;
  switch (nearest.type) {
    case "Point":
      // A corner is looked for at `at` and put at `to`.
      return reason === "no_vertex" ? { ...intent, at: nearest.coordinates } : { ...intent, to: nearest.coordinates };
    case "LineString":
      return { ...rest, line: nearest.coordinates };
    case "MultiLineString":
      return { ...rest, lines: nearest.coordinates };
    case "Polygon":
      return { ...intent, outline: nearest };
    default:
      return null;
  }
}
