import { signal } from "@preact/signals";
import { noteEnd } from "../session/session.ts";
import { problemOf } from "./problem.ts";

/** A short message at the edge of the page. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  /** Of an answer that was an error, for whoever helps. */
  readonly requestId: string | null;
  readonly action: { readonly label: string; run(): void } | null;
}

export const notices = signal<readonly Notice[]>([]);
let lastId = 0;

/** How long a notice stays, in milliseconds; errors stay until they are closed. */
const shownMs = 6_000;
/** How long one with an action stays, in milliseconds: by the keyboard its button is some steps away. */
export const actionMs = 12_000;

export function notify(text: string, over: Partial<Omit<Notice, "id" | "text">> = {}): () => void {
  lastId += 1;
  const id = lastId;
  const notice = { id, text, isError: false, requestId: null, action: null, ...over };
  notices.value = [...notices.value.slice(-3), notice];
  const close = (): void => closeNotice(id);
  if (!notice.isError) setTimeout(close, notice.action === null ? shownMs : actionMs);
  return close;
}

export function closeNotice(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id);
}

/** Shows what went wrong, unless the session has ended, which the page shows by itself. */
export function notifyError(error: unknown): void {
  if (noteEnd(error)) return;
  const { text, requestId } = problemOf(error);
  notify(text, { isError: true, requestId });
}

/** Does something that a person asked for, and shows it when it fails. */
export function attempt(work: () => Promise<unknown>): void {
  work().catch(notifyError);
}
