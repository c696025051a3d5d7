import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { batchOf, download } from "../../jobs/actions.ts";
import { linksIn } from "../../jobs/links.ts";
import { choice, type Part, requestOf } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";
import { attempt, notify } from "../../parts/notices.ts";
import { hrefOf } from "../../route.ts";
import { Options } from "./options.tsx";
import { ProbeCard } from "./probe-card.tsx";

/** The field for links. Pasting and dropping work anywhere on the page, and a phone's share sheet leads here. */
export function PasteBox() {
  const text = useSignal(sharedText());
  const isDropping = useSignal(false);
  const isBusy = useSignal(false);
  const part = useSignal<Part | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const links = linksIn(text.value);

  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    const take = (given: string): void => {
      if (linksIn(given).length === 0) {
        notify(t("paste.none"));
        return;
      }
      text.value = given;
      part.value = null;
      field.current?.focus();
    };
    const onPaste = (event: ClipboardEvent): void => {
      if (isField(event.target)) return;
      const given = event.clipboardData?.getData("text/plain") ?? "";
      if (given !== "") take(given);
    };
    const onDrag = (event: DragEvent): void => {
      event.preventDefault();
      isDropping.value = event.type === "dragover";
    };
    const onDrop = (event: DragEvent): void => {
      event.preventDefault();
      isDropping.value = false;
      const { dataTransfer } = event;
      const given = dataTransfer?.getData("text/uri-list") || dataTransfer?.getData("text/plain") || "";
      if (given !== "") take(given);
    };
    document.addEventListener("paste", onPaste);
    document.addEventListener("dragover", onDrag);
    document.addEventListener("dragleave", onDrag);
    document.addEventListener("drop", onDrop);
    return () => {
      document.removeEventListener("paste", onPaste);
      document.removeEventListener("dragover", onDrag);
      document.removeEventListener("dragleave", onDrag);
      document.removeEventListener("drop", onDrop);
    };
  }, [text, part, isDropping]);

  const begin = (work: () => Promise<unknown>, count: number): void => {
    isBusy.value = true;
    attempt(async () => {
      try {
        await work();
        notify(t("paste.added", { count }));
        text.value = "";
        part.value = null;
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
          onInput={(event) => {
            text.value = event.currentTarget.value;
            part.value = null;
          }}
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

/** What the share sheet of a phone handed over, once: a reload must not bring it back. */
function sharedText(): string {
  const query = new URLSearchParams(location.search);
  const given = ["url", "text", "title"].map((name) => query.get(name) ?? "").join("\n");
  const links = linksIn(given);
  if (links.length > 0) history.replaceState(null, "", hrefOf("/"));
  return links.join("\n");
}
