import type { Artifact, DownloadJob, DownloadRequest } from "@vidferry/sdk";
import { t } from "../language/language.ts";
import { copy } from "../parts/copy.ts";
import { attempt, notify } from "../parts/notices.ts";
import { addressOf, vidferry } from "../service.ts";
import { noteBatch } from "./batches.ts";
import { note } from "./job-list.ts";

type Move = "pause" | "resume" | "cancel" | "finish" | "retry";

export const titleOf = (job: DownloadJob): string => job.media?.title ?? job.request.url;

/** Does to a job what a button says. */
export function move(job: DownloadJob, kind: Move, onDone?: () => void): void {
  attempt(async () => {
    note(await vidferry.downloads[kind](job.id));
    onDone?.();
  });
}

export async function download(request: DownloadRequest): Promise<void> {
  note(await vidferry.downloads.create(request));
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
