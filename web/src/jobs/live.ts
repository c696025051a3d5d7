import { signal } from "@preact/signals";
import { ApiError } from "@vidferry/sdk";
import { sleep } from "../parts/sleep.ts";
import { vidferry } from "../service.ts";
import { isOthers, noteEnd, session } from "../session/session.ts";
import { noteBatch } from "./batches.ts";
import { catchUp, note, noteProgress } from "./job-list.ts";

/** Since when the service cannot be reached; null: it can. */
export const offlineSince = signal<Date | null>(null);

/** Pause before another try after the stream could not be opened for long, in milliseconds. */
const againMs = 3_000;
/** How often it is looked whether the service can be reached while nothing comes, in milliseconds. */
const lookMs = 5_000;
/**
 * A page that did nothing for so long was frozen: its computer slept, or its browser put it away. In milliseconds; browsers let the timers of
 * hidden pages run once a minute.
 */
const frozenMs = 90_000;

/** Follows everything that happens to the owner's jobs over one stream, until the signal aborts. */
export async function followAll(signal: AbortSignal): Promise<void> {
  let stream = new AbortController();
  let lookedAt = Date.now();
  const look = setInterval(() => {
    const now = Date.now();
    // The connection mostly died meanwhile, and nobody told the page.
    if (now - lookedAt > frozenMs) stream.abort();
    lookedAt = now;
    if (!document.hidden) void lookForService();
  }, lookMs);
  signal.addEventListener("abort", () => clearInterval(look), { once: true });
  // A browser keeps pages that were left, with their connections, of which it has six to a host.
  let shown = Promise.resolve();
  const putAway = (): void => {
    shown = new Promise((done) => addEventListener("pageshow", () => done(), { once: true }));
    stream.abort();
  };
  addEventListener("pagehide", putAway, { signal });
  while (!signal.aborted) {
    await shown;
    stream = new AbortController();
    try {
      for await (const event of vidferry.events({ signal: AbortSignal.any([signal, stream.signal]) })) {
        offlineSince.value = null;
        if (event.type === "job") note(event.data);
        else if (event.type === "progress") noteProgress(event.data.jobId, event.data);
        else if (event.type === "batch") noteBatch(event.data);
        else if (event.type === "snapshot") catchUp().catch(() => undefined);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (stream.signal.aborted) continue;
      if (noteEnd(error)) return;
      if (!(error instanceof ApiError) || error.status >= 500) offlineSince.value ??= new Date();
      await sleep(againMs, signal);
      // Of a service that has no stream, or none to spare, the list is read again and again.
      if (!signal.aborted) await catchUp().catch(() => undefined);
    }
  }
}

/** The client reconnects by itself, and quietly; a person wants to know, and a revoked key must show. */
async function lookForService(): Promise<void> {
  try {
    const { data } = await vidferry.raw.GET("/api/v1/session", { signal: AbortSignal.timeout(lookMs) });
    // Somebody else has signed in in another tab, whose cookie this one sends from then on.
    if (data !== undefined && isOthers(data.owner)) return void location.reload();
    offlineSince.value = null;
  } catch (error) {
    if (session.peek() === null || noteEnd(error)) return;
    offlineSince.value ??= new Date();
  }
}
