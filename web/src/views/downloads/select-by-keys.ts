import { selectListed, stopSelecting } from "../../jobs/selection.ts";

const steps: Readonly<Record<string, "previousElementSibling" | "nextElementSibling">> = {
  ArrowUp: "previousElementSibling",
  ArrowDown: "nextElementSibling",
};

/** Moves between the boxes of rows by the arrow keys; Ctrl+A selects all, Escape ends the selection. */
export function selectByKeys(event: KeyboardEvent): void {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  const step = steps[event.key];
  if (step !== undefined) {
    event.preventDefault();
    const next = box.closest("li")?.[step]?.querySelector<HTMLInputElement>("input[type=checkbox]");
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    selectListed();
  } else if (event.key === "Escape") stopSelecting();
}
