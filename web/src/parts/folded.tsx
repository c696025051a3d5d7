import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface FoldedProps {
  readonly summary: string;
  readonly children: ComponentChildren;
}

/** What is read from the service only when a person unfolds it. */
export function Folded({ summary, children }: FoldedProps) {
  const isOpen = useSignal(false);
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen.value && children}
    </details>
  );
}
