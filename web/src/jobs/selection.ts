import { computed, signal } from "@preact/signals";
import { visible } from "./job-list.ts";
import { selectRange } from "./select-range.ts";

/** Whether jobs are being selected, so that their rows have boxes to check. */
export const isSelecting = signal(false);
const chosen = signal<ReadonlySet<string>>(new Set());
/** Where a range begins that is selected with the shift key. */
let anchor: string | null = null;

/** Ids of the selected jobs that are in the list, in its order. */
export const selected = computed(() => visible.value.filter((id) => chosen.value.has(id)));
export const isSelected = (id: string): boolean => chosen.value.has(id);

export function startSelecting(): void {
  isSelecting.value = true;
}

export function stopSelecting(): void {
  isSelecting.value = false;
  selectNone();
}

/** Selects a job, or no longer; with `range` also all between it and the one before. */
export function toggle(id: string, range = false): void {
  chosen.value = selectRange(visible.peek(), chosen.peek(), id, range ? anchor : null);
  anchor = id;
}

export function selectListed(): void {
  chosen.value = new Set(visible.peek());
}

export function selectNone(): void {
  anchor = null;
  chosen.value = new Set();
}
