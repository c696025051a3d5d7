import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../language/language.ts";

interface Question {
  readonly text: string;
  /** What the button that does it says. */
  readonly verb: string;
  answer(isYes: boolean): void;
}

const asked = signal<Question | null>(null);

/** Asks before something that cannot be taken back. What can be is done at once, and taken back by a notice. */
export function ask(text: string, verb: string): Promise<boolean> {
  asked.peek()?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      text,
      verb,
      answer: (isYes) => {
        asked.value = null;
        resolve(isYes);
      },
    };
  });
}

/** Where questions are shown. */
export function QuestionDialog() {
  const question = asked.value;
  return question === null ? null : <Shown key={question.text} question={question} />;
}

function Shown({ question: { text, verb, answer } }: { readonly question: Question }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // Whoever presses Enter without reading changes nothing.
    stay.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="question" aria-labelledby="question" onClose={() => answer(false)}>
      <p id="question">{text}</p>
      <div class="line">
        <button type="button" class="danger" onClick={() => answer(true)}>
          {verb}
        </button>
        <button type="button" ref={stay} onClick={() => answer(false)}>
          {t("ask.no")}
        </button>
      </div>
    </dialog>
  );
}
