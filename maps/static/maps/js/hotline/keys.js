// @ts-check
/** The keys of the seat: Alt and a digit go to a part of the call; single keys count outside of fields only. */

/** @param {Record<string, (event: KeyboardEvent) => boolean | void>} acts by name: "Alt+1", "Ctrl+Enter", "1", "Escape"; false: not now, the key is the browser's */
export function openKeys(acts) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing) return; // an input method is choosing a sign
      const at = event.target instanceof HTMLElement ? event.target : null;
      const typing = at?.closest("input:not([type=checkbox]), textarea, select") ?? null;
      // The physical digit: with Alt some keyboards write other signs.
      const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
      const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
      let name = digit ?? letter ?? event.key;
      if (event.altKey) name = `Alt+${name}`;
      else if (event.ctrlKey || event.metaKey) name = `Ctrl+${name}`;
      const act = acts[name];
      if (!act) return;
      const single = name.length === 1;
      // A class's code never begins with 1, 2 or 3: in an empty class field they are the suggestions' keys.
      if (single && typing && !(digit && typing.id === "class-words" && /** @type {any} */ (typing).value === "")) return;
      if (act(event) === false) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
