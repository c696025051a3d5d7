import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { batchOf, download } from "../../jobs/actions.ts";
import { draftPart as part, setDraft, draft as text } from "../../jobs/draft.ts";
import { linksIn } from "../../jobs/links.ts";
import { choice, requestOf } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";
import { attempt, notify } from "../../parts/notices.ts";
import { Options } from "./options.tsx";
import { ProbeCard } from "./probe-card.tsx";

/** The field for links. Pasting and dropping work anywhere on the page, and a phone's share sheet leads here. */
export function PasteBox() {
  const isDropping = useSignal(false);
  const isBusy = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const links = linksIn(text.value);

  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    const take = (given: string): void => {
      if (linksIn(given).length === 0) {
        notify(t("paste.none"));
        return;
      }
      setDraft(given);
      field.current?.focus();
    };
    const onPaste = (event: ClipboardEvent): void => {
      if (isField(event.target)) return;
      const given = event.clipboardData?.getData("text/plain") ?? "";
      if (given !== "") take(given);
    };
    const onDrag = (event: DragEvent): void => {
      event.preventDefault();
      // From one element of the page to another is no way out.
      isDropping.value = event.type !== "dragleave" || event.relatedTarget !== null;
    };
    const onDrop = (event: DragEvent): void => {
      event.preventDefault();
      isDropping.value = false;
      const { dataTransfer } = event;
      const given = dataTransfer?.getData("text/uri-list") || dataTransfer?.getData("text/plain") || "";
      if (given !== "") take(given);
    };
    document.addEventListener("paste", onPaste);
    // Also where the page has changed under the pointer, and no other event comes before the drop.
    document.addEventListener("dragenter", onDrag);
    document.addEventListener("dragover", onDrag);
    document.addEventListener("dragleave", onDrag);
    document.addEventListener("drop", onDrop);
    return () => {
      document.removeEventListener("paste", onPaste);
      document.removeEventListener("dragenter", onDrag);
      document.removeEventListener("dragover", onDrag);
      document.removeEventListener("dragleave", onDrag);
      document.removeEventListener("drop", onDrop);
    };
  }, [isDropping]);

  const begin = (work: () => Promise<unknown>, count: number): void => {
    isBusy.value = true;
    attempt(async () => {
      try {
        await work();
        notify(t("paste.added", { count }));
        setDraft("");
        field.current?.focus();
      } finally {
        isBusy.value = false;
      }
    });
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const [first, ...others] = links;
    if (first === undefined) return void notify(t("paste.none"));
    const request = requestOf(choice.value, others.length === 0 ? part.value : null);
    begin(() => (others.length === 0 ? download({ ...request, url: first }) : batchOf(links, request)), links.length);
  };

  return (
    <form class={isDropping.value ? "card paste dropping" : "card paste"} onSubmit={submit}>
      <div class="line">
        <textarea
          ref={field}
          rows={Math.min(6, text.value.split("\n").length)}
          aria-label={t("paste.label")}
          placeholder={isDropping.value ? t("paste.drop") : t("paste.placeholder")}
          value={text.value}
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
        <button type="submit" class="primary" disabled={isBusy.value || links.length === 0}>
          {t("paste.do")}
        </button>
      </div>
      {links.length > 1 && <p class="muted">{t("paste.many", { count: links.length })}</p>}
      <Options />
      {links.length === 1 && <ProbeCard key={links[0]} link={links[0] ?? ""} part={part} begin={begin} />}
    </form>
  );
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
