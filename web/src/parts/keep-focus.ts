const controls = "a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary";

/**
 * Controls vanish when they are used: the row of what is deleted, the button that tried again, a message with its "Undo". A browser
 * then sends the focus back to the start of the page; this gives it to what has come in the same place, or to the content.
 */
export function keepFocus(signal: AbortSignal): void {
  let focused: Element | null = null;
  /** The places that it is in, from the innermost outwards: a parent, and which of its children. */
  let places: readonly (readonly [parent: Element, index: number])[] = [];
  const note = ({ target }: FocusEvent): void => {
    focused = target instanceof Element ? target : null;
    const found: [Element, number][] = [];
    for (let at = focused; at?.parentElement != null; at = at.parentElement) {
      found.push([at.parentElement, [...at.parentElement.children].indexOf(at)]);
    }
    places = found;
  };
  const leave = (): void => {
    const left = focused;
    // A person who leaves a control that stays has left it.
    queueMicrotask(() => {
      if (left === focused && left?.isConnected === true) focused = null;
    });
  };
  const observer = new MutationObserver(() => {
    if (focused === null || focused.isConnected || document.activeElement !== document.body) return;
    focused = null;
    const [parent, index] = places.find(([one]) => one.isConnected) ?? [];
    const here = parent?.children[Math.min(index ?? 0, parent.children.length - 1)];
    const next = here?.matches(controls) ? here : (here?.querySelector(controls) ?? document.getElementById("main"));
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  });
  document.addEventListener("focusin", note, { signal });
  document.addEventListener("focusout", leave, { signal });
  observer.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}
