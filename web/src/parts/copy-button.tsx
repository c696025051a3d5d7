import { useSignal } from "@preact/signals";
import { t } from "../language/language.ts";
import { copy } from "./copy.ts";
import { attempt } from "./notices.ts";

/** How long the button says that it was done, in milliseconds. */
const saidMs = 2_000;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied; absent: nothing but "Copy" is said. */
  readonly label?: string;
}

/** Copies a text, and says so in its own place. */
export function CopyButton({ text, label = t("app.copy") }: CopyButtonProps) {
  const isDone = useSignal(false);
  return (
    <button
      type="button"
      class="copy small"
      title={text}
      onClick={() =>
        attempt(async () => {
          await copy(text);
          isDone.value = true;
          setTimeout(() => (isDone.value = false), saidMs);
        })
      }
    >
      <span aria-live="polite">{isDone.value ? t("app.copied") : label}</span>
    </button>
  );
}
