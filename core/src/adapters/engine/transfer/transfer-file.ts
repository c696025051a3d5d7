import { sleep } from "../../system/sleep.ts";
import { addSpan, countBytes, missingSpans, type Span } from "./byte-spans.ts";
import type { Answer, Dial } from "./connection.ts";
import {
  ConnectionBroken,
  FileChanged,
  FileTooLarge,
  NotTransferable,
  RequestRefused,
  TransferFailed,
} from "./errors.ts";
import { createOriginClient, type OriginClient, type Place, type Source } from "./origin-client.ts";
import { openPartFile, type PartFile } from "./part-file.ts";
import { type Delivery, deliveryOf } from "./range-answer.ts";

/** What to fetch, and where to. */
export interface TransferTask {
  readonly source: Source;
  /** Takes what is there already of an earlier transfer of the same file. */
  readonly partPath: string;
  /** Gets the file when it is whole. */
  readonly path: string;
  /** How large it may be expected to be; null: nobody knows. */
  readonly expectedBytes: number | null;
  /** Work out the SHA-256 on the way. */
  readonly digest: boolean;
}

/** How to fetch it. */
export interface TransferOptions {
  readonly dial: Dial;
  /** Certificate authorities in place of the runtime's own, PEM. */
  readonly ca?: string | undefined;
  /** Connections at most. */
  readonly connections: number;
  /** Gives a place for one more connection than the first, or null when there is none; the result gives it back. */
  readonly takePlace: () => (() => void) | null;
  readonly maxBytes: number | null;
  /** Longest pause on a connection, which is then replaced by another; 20 s. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
  /** How much is there, of how much. */
  readonly onBytes: (done: number, total: number) => void;
}

/** A file that was fetched. */
export interface Transferred {
  readonly bytes: number;
  /** Null unless it was asked for. */
  readonly sha256: string | null;
}

/** Small enough that a broken connection, or a slow one at the end, costs little; large enough that asking costs nothing. */
const pieceBytes = 8 << 20;
/** It is not worth a connection of its own. */
const smallBytes = 1 << 20;
/** Longest pause on a connection when nothing else is said. */
const defaultIdleMs = 20_000;
/** In a row, without so many bytes between them; that takes some eight seconds. */
const mostFailures = 4;
const progressBytes = 256 * 1024;
// So often what came is flushed: little is lost with the process, and little is left to wait for when the file is whole.
const saveMs = 1_000;
const saveBytes = 64 << 20;

/**
 * Fetches a file over several connections, each for a piece of it, where the origin gives pieces, and else in one go. What
 * an earlier transfer has left is continued if it is still the same file; what is there is whole and in its place when
 * this resolves.
 *
 * Rejects with `NotTransferable` when nothing was fetched and another downloader may do better, with `TransferFailed`,
 * `FileTooLarge`, the signal's reason, or what the disk says.
 */
export async function transferFile(task: TransferTask, options: TransferOptions): Promise<Transferred> {
  const part = await openPartFile(task.partPath, { digest: task.digest });
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let saving = false;
  let saved = 0;
  const save = (done: number) => {
    // One at a time: flushing takes as long as the disk does.
    if (saving) return;
    saving = true;
    saved = done;
    part
      .save()
      .catch((error: unknown) => stop.abort(error))
      .finally(() => {
        saving = false;
      });
  };
  const onBytes = (done: number, total: number) => {
    if (done - saved >= saveBytes) save(done);
    options.onBytes(done, total);
  };
  const timer = setInterval(() => save(countBytes(part.done)), saveMs);
  try {
    const missing = part.identity === null ? 1 : missingSpans(part.done, part.identity.size).length;
    // It was killed between the last byte and the move, when nothing is missing.
    if (missing > 0) await fetchAll(task, { ...options, signal, onBytes }, part);
    const sha256 = await part.finish(task.path);
    return { bytes: part.identity?.size ?? 0, sha256 };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    await part.close().catch(() => undefined);
  }
}

async function fetchAll(task: TransferTask, options: TransferOptions, part: PartFile): Promise<void> {
  // Twice in pieces, for a file may be replaced on the way; then in one go, for an origin may only say that it gives pieces.
  for (const inPieces of [true, true, false]) {
    try {
      return await fetchOnce(task, options, part, inPieces);
    } catch (error) {
      if (!(error instanceof FileChanged)) throw error;
      await part.discard();
      if (!inPieces) throw new TransferFailed(error.message, { cause: error });
    }
  }
}

async function fetchOnce(
  task: TransferTask,
  options: TransferOptions,
  part: PartFile,
  inPieces: boolean,
): Promise<void> {
  const { source } = task;
  const place: Place = { url: new URL(source.url) };
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const connect = { dial: options.dial, ca: options.ca, idleMs: options.idleMs ?? defaultIdleMs, signal };
  const largest = Math.min(source.chunkBytes ?? Number.POSITIVE_INFINITY, pieceBytes);
  /** Nobody fetches these; null until the size is known. */
  let waiting: readonly Span[] | null = null;
  let active = 0;
  let pieces = inPieces;
  const pieceOf = (size: number) => Math.min(largest, Math.max(Math.ceil(size / options.connections / 3), smallBytes));

  /** Takes the next piece; null when there is none left. */
  const take = (): Span | null => {
    if (waiting === null) {
      const identity = part.identity;
      if (identity === null) return { start: 0, end: pieceOf(task.expectedBytes ?? 0) };
      waiting = missingSpans(part.done, identity.size);
    }
    const [first, ...rest] = waiting;
    if (first === undefined) return null;
    const end = Math.min(first.end, first.start + pieceOf(part.identity?.size ?? 0));
    waiting = end < first.end ? [{ start: end, end: first.end }, ...rest] : rest;
    return { start: first.start, end };
  };
  const putBack = ({ start, end }: Span) => {
    if (waiting !== null) waiting = addSpan(waiting, { start, end: Math.min(end, part.identity?.size ?? 0) });
  };

  /** Asks for a piece and writes what comes. Returns up to where it came. */
  const fetchPiece = async (client: OriginClient, piece: Span, reached: (at: number) => void): Promise<void> => {
    const before = part.identity;
    const answer = await client.get(pieces ? piece : null, before?.validator ?? null);
    const delivery = accept(answer, piece, before);
    const { identity, span } = delivery;
    if (options.maxBytes !== null && identity.size > options.maxBytes) throw new FileTooLarge(identity.size);
    if (identity.size === 0) throw new NotTransferable("the file is empty");
    if (before === null) part.begin(identity);
    if (waiting === null) {
      waiting = missingSpans(addSpan(part.done, span), identity.size);
      addHelpers();
    }
    let at = span.start;
    await answer.body(async (buffers) => {
      await part.write(buffers, at);
      at = buffers.reduce((sum, buffer) => sum + buffer.length, at);
      reached(at);
      options.onBytes(countBytes(part.done), identity.size);
    });
  };
  const accept = (answer: Answer, piece: Span, before: Delivery["identity"] | null): Delivery => {
    const delivery = deliveryOf(answer, pieces ? piece : null, before);
    if (delivery === null) throw new NotTransferable("the origin does not say how long the file is");
    if (answer.status === 200 && (part.done.length > 0 || active > 1)) {
      throw new FileChanged("the whole file was sent in place of a part of it");
    }
    // It gives no pieces, so whatever breaks is asked for from the start.
    if (answer.status === 200) pieces = false;
    return delivery;
  };

  const work = async (): Promise<void> => {
    const client = createOriginClient(source, place, connect);
    let failures = 0;
    let fetched = 0;
    active += 1;
    try {
      for (let piece = take(); piece !== null; piece = take()) {
        let at = piece.start;
        try {
          await fetchPiece(client, piece, (reached) => {
            fetched += reached - at;
            at = reached;
          });
          // It may have sent less than it was asked for.
          putBack({ start: at, end: piece.end });
        } catch (error) {
          client.close();
          signal.throwIfAborted();
          putBack({ start: Math.min(at, piece.end), end: piece.end });
          if (!pieces && at > 0) throw new FileChanged("an origin that gives no pieces broke off", { cause: error });
          failures = fetched >= progressBytes ? 1 : failures + 1;
          fetched = 0;
          // Others go on: the origin may not want as many connections.
          if (active > 1 && (error instanceof RequestRefused || failures > 1)) return;
          const isEarly = part.identity === null;
          if (isEarly || !isPassing(error) || failures > mostFailures) throw failureFor(error, isEarly);
          await sleep(Math.min(500 * 2 ** (failures - 1), 10_000), signal);
        }
      }
    } finally {
      active -= 1;
      client.close();
    }
  };

  const workers: Promise<void>[] = [];
  const start = (release: () => void) => {
    workers.push(
      work()
        .catch((error: unknown) => stop.abort(error))
        .finally(release),
    );
  };
  const addHelpers = () => {
    if (!pieces) return;
    const left = countBytes(waiting ?? []);
    const useful = Math.min(options.connections - 1, Math.floor(left / smallBytes));
    for (let count = 0; count < useful; count += 1) {
      const release = options.takePlace();
      if (release === null) return;
      start(release);
    }
  };
  start(() => undefined);
  // Helpers come while the first works.
  for (let index = 0; index < workers.length; index += 1) await workers[index];
  options.signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
}

/** Whether another connection, or a little later, may do better. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionBroken) return true;
  return error instanceof RequestRefused && (error.status === 408 || error.status === 429 || error.status >= 500);
}

/** `early`: nothing is known of the file yet, so that nothing is lost when another downloader tries. */
function failureFor(error: unknown, early: boolean): unknown {
  if (!(error instanceof ConnectionBroken || error instanceof RequestRefused)) return error;
  return early
    ? new NotTransferable(error.message, { cause: error })
    : new TransferFailed(error.message, { cause: error });
}
