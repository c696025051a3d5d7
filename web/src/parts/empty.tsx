import type { ComponentChildren } from "preact";

/** Says that there is nothing, and what would change that. */
export function Empty({ text, children }: { readonly text: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p>{text}</p>
      {children}
    </div>
  );
}
