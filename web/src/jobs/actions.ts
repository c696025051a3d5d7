import type { Artifact, DownloadJob, DownloadRequest } from "@vidferry/sdk";
import { t } from "../language/language.ts";
import { attempt, notify, notifyError } from "../parts/notices.ts";
import { addressOf, vidferry } from "../service.ts";
import { noteBatch } from "./batches.ts";
import { forget, hide, note } from "./job-list.ts";

type Move = "pause" | "resume" | "cancel" | "finish" | "retry";

export const titleOf = (job: DownloadJob): string => job.media?.title ?? job.request.url;

/** Does to a job what a button says. */
export function move(job: DownloadJob, kind: Move): void {
  attempt(async () => note(await vidferry.downloads[kind](job.id)));
}

export async function download(request: DownloadRequest): Promise<void> {
  note(await vidferry.downloads.create(request));
}

/** How long a deletion can be taken back, in milliseconds. */
const undoMs = 6_000;

/** Deletes a job unless the person takes it back. What waits when the page is left is deleted then. */
export function remove(job: DownloadJob): void {
  hide(job.id, true);
  let isDecided = false;
  const decide = (work: () => void): void => {
    if (isDecided) return;
    isDecided = true;
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    work();
  };
  const erase = async (): Promise<void> => {
    try {
      await vidferry.downloads.remove(job.id);
      forget(job.id);
    } catch (error) {
      hide(job.id, false);
      notifyError(error);
    }
  };
  const leave = (): void =>
    decide(() => void fetch(addressOf(`/api/v1/downloads/${job.id}`), { method: "DELETE", keepalive: true }));
  const timer = setTimeout(() => decide(() => void erase()), undoMs);
  addEventListener("pagehide", leave);
  const close = notify(t("do.deleted", { title: titleOf(job) }), {
    action: {
      label: t("do.undo"),
      run: () => {
        decide(() => hide(job.id, false));
        close();
      },
    },
  });
}

const linkSeconds = 86_400;

/** Copies a link that opens the file without a key. */
export function copyLink(job: DownloadJob, artifact: Artifact): void {
  attempt(async () => {
    const { url } = await vidferry.downloads.link(job.id, artifact.id, { expiresInSeconds: linkSeconds });
    await copy(new URL(addressOf(url), location.href).href);
    notify(t("do.linkCopied"));
  });
}

/** Copies a text; browsers allow that on secure pages alone, so others get it shown, selected. */
export async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) prompt(t("app.copy"), text);
}

/** The address of a file for this browser; as an attachment, with its name. */
export const fileAddress = (artifact: Artifact): string => addressOf(artifact.url);

/** The same for a player: from the service itself, which the page's policy allows alone. */
export const playAddress = (artifact: Artifact): string => `${addressOf(artifact.url)}?proxy=1`;

/** Downloads several links as one batch. */
export async function batchOf(urls: readonly string[], request: Omit<DownloadRequest, "url">): Promise<void> {
  noteBatch(await vidferry.batches.create({ urls: [...urls], request }));
}

/** Downloads all of a list. */
export async function batchOfList(url: string, request: Omit<DownloadRequest, "url">): Promise<void> {
  noteBatch(await vidferry.batches.create({ source: { url }, request }));
}
