import type { Buffer } from "node:buffer";
import { sleep } from "../../system/sleep.ts";
import { addSpan, countBytes, missingSpans, missingWithin, type Span } from "./byte-spans.ts";
import { type Answer, type Dial, defaultIdleMs } from "./connection.ts";
import {
  ConnectionBroken,
  FileChanged,
  FileTooLarge,
  NotTransferable,
  RequestRefused,
  TransferFailed,
} from "./errors.ts";
import { createOriginClient, type OriginClient, type Place, type Source } from "./origin-client.ts";
import { overlapBefore } from "./overlap.ts";
import { openPartFile, type PartFile } from "./part-file.ts";
import { type Delivery, deliveryOf } from "./range-answer.ts";

/** What to fetch, and where to. */
export interface TransferTask {
  readonly source: Source;
  /** Part file; may contain bytes of an earlier transfer of the same file. */
  readonly partPath: string;
  /** Final path of the complete file. */
  readonly path: string;
  /** Expected size; null: unknown. */
  readonly expectedBytes: number | null;
  /** Compute the SHA-256 during the transfer. */
  readonly digest: boolean;
  /** Says which parts of the file are needed; absent: all of it. */
  readonly choose?: ChooseSpans;
}

/** A file at its origin, of which parts can be read before the rest is fetched. */
export interface OriginFile {
  readonly size: number;
  /** The bytes from `start` on; fewer at the end of the file. */
  read(start: number, length: number): Promise<Buffer>;
}

/** The spans of a file that are needed; what lies between may become a hole. Null: all of it. */
export type ChooseSpans = (file: OriginFile) => Promise<readonly Span[] | null>;

/** How to fetch it. */
export interface TransferOptions {
  readonly dial: Dial;
  /** Certificate authorities in place of the runtime's own, PEM. */
  readonly ca?: string | undefined;
  /** Connections at most. */
  readonly connections: number;
  /** Acquires a slot for a connection besides the first; null when there is none. The result releases it. */
  readonly takePlace: () => (() => void) | null;
  readonly maxBytes: number | null;
  /** Longest silence of a connection, which is then replaced by another. Default: 20 s. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
  /** Called with the bytes so far and the total. */
  readonly onBytes: (done: number, total: number) => void;
}

/** A file that was fetched. */
export interface Transferred {
  /** That were fetched: fewer than the file has where parts of it were left out. */
  readonly bytes: number;
  /** Null unless it was asked for. */
  readonly sha256: string | null;
}

/** Range of one request: small enough that a broken or slow connection costs little, large enough that a request costs nothing. */
const pieceBytes = 8 << 20;
/** Of a file whose parts are chosen: what its index is likely to fit into, and how much of it is read at once. */
const indexBytes = 64 << 10;
const readBytes = 4 << 10;
/** Less is not worth a connection of its own. */
const smallBytes = 1 << 20;
/** Failures in a row, without progress in between; with backoff, some eight seconds. */
const mostFailures = 4;
const progressBytes = 256 * 1024;
// So often what came is flushed: little is lost with the process, and little is left to wait for when the file is whole.
const saveMs = 1_000;
const saveBytes = 64 << 20;

/**
 * Fetches a file over several connections by range requests where the origin supports them, else by a single request. A part
 * of an earlier transfer is continued if the file is unchanged. When this resolves the file is complete under its final path.
 *
 * Rejects with `NotTransferable` when nothing was fetched and another downloader may do better, with `TransferFailed`,
 * `FileTooLarge`, the signal's reason, or the error of the disk.
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
    // Nothing is missing when an earlier process was killed between the last byte and the rename.
    const wanted = missing > 0 ? await fetchAll(task, { ...options, signal, onBytes }, part) : null;
    const sha256 = await part.finish(task.path, wanted);
    return { bytes: countBytes(part.done), sha256 };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    await part.close().catch(() => undefined);
  }
}

/** Fetches what is needed; the result names it, null: the whole file. */
async function fetchAll(task: TransferTask, options: TransferOptions, part: PartFile): Promise<readonly Span[] | null> {
  // Twice with ranges, since the file may be replaced meanwhile; then without, since an origin may support ranges only nominally.
  let changed = new FileChanged("the file could not be fetched");
  for (const inPieces of [true, true, false]) {
    try {
      if (inPieces && task.choose !== undefined) return await fetchChosen(task, options, part, task.choose);
      await fetchOnce(task, options, part, inPieces, null);
      return null;
    } catch (error) {
      if (!(error instanceof FileChanged)) throw error;
      await part.discard();
      changed = error;
    }
  }
  throw new TransferFailed(changed.message, { cause: changed });
}

/** Fetches the start of the file, lets the parts be chosen, and fetches those. */
async function fetchChosen(
  task: TransferTask,
  options: TransferOptions,
  part: PartFile,
  choose: ChooseSpans,
): Promise<readonly Span[] | null> {
  const fetchSpan = (span: Span) => fetchOnce(task, options, part, true, [span]);
  await fetchSpan({ start: 0, end: indexBytes });
  const { size = 0 } = part.identity ?? {};
  // An origin that gives no pieces has sent all of it.
  if (missingSpans(part.done, size).length === 0) return null;
  const read = async (start: number, length: number): Promise<Buffer> => {
    const span = { start, end: Math.min(size, start + length) };
    if (missingWithin(part.done, [span], size).length > 0)
      await fetchSpan({ start, end: Math.min(size, start + Math.max(length, readBytes)) });
    return await part.read(span);
  };
  const wanted = await choose({ size, read });
  await fetchOnce(task, options, part, true, wanted);
  return wanted;
}

/** Fetches these spans of the file; null: all of it. */
async function fetchOnce(
  task: TransferTask,
  options: TransferOptions,
  part: PartFile,
  inPieces: boolean,
  wanted: readonly Span[] | null,
): Promise<void> {
  const { source } = task;
  const place: Place = { url: new URL(source.url) };
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const connect = { dial: options.dial, ca: options.ca, idleMs: options.idleMs ?? defaultIdleMs, signal };
  const largest = Math.min(source.chunkBytes ?? Number.POSITIVE_INFINITY, pieceBytes);
  /** Spans that no connection is fetching; null until the size is known. */
  let waiting: readonly Span[] | null = null;
  let active = 0;
  let pieces = inPieces;
  const pieceOf = (size: number) => Math.min(largest, Math.max(Math.ceil(size / options.connections / 3), smallBytes));

  /** Takes the next piece; null when there is none left. */
  const take = (): Span | null => {
    if (waiting === null) {
      const identity = part.identity;
      if (identity === null) return wanted?.[0] ?? { start: 0, end: pieceOf(task.expectedBytes ?? 0) };
      waiting = missingWithin(part.done, wanted, identity.size);
    }
    const [first, ...rest] = waiting;
    if (first === undefined) return null;
    const end = Math.min(
      first.end,
      first.start + pieceOf(wanted === null ? (part.identity?.size ?? 0) : countBytes(wanted)),
    );
    waiting = end < first.end ? [{ start: end, end: first.end }, ...rest] : rest;
    return { start: first.start, end };
  };
  const putBack = ({ start, end }: Span) => {
    if (waiting !== null) waiting = addSpan(waiting, { start, end: Math.min(end, part.identity?.size ?? 0) });
  };

  /** Requests a piece and writes it; `reached` is called with the position so far. */
  const fetchPiece = async (client: OriginClient, piece: Span, reached: (at: number) => void): Promise<void> => {
    const before = part.identity;
    const overlap = pieces ? await overlapBefore(part, piece) : null;
    const asked = { start: piece.start - (overlap?.bytes ?? 0), end: piece.end };
    const answer = await client.get({
      source,
      place,
      span: pieces ? asked : null,
      validator: before?.validator ?? null,
    });
    const delivery = accept(answer, asked, before);
    const { identity, span } = delivery;
    const needed =
      wanted === null || answer.status === 200 ? identity.size : countBytes(addAll([], wanted, identity.size));
    if (options.maxBytes !== null && needed > options.maxBytes) throw new FileTooLarge(needed);
    if (identity.size === 0) throw new NotTransferable("the file is empty");
    if (before === null) part.begin(identity);
    if (waiting === null) {
      waiting = missingWithin(addSpan(part.done, span), wanted, identity.size);
      addHelpers();
    }
    let at = answer.status === 200 ? span.start : span.start + (overlap?.bytes ?? 0);
    await answer.body(async (sent) => {
      const buffers = answer.status === 200 ? sent : (overlap?.rest(sent) ?? sent);
      if (buffers.length === 0) return;
      await part.write(buffers, at);
      at = buffers.reduce((sum, buffer) => sum + buffer.length, at);
      reached(at);
      const total = wanted === null ? identity.size : countBytes(addAll(part.done, wanted, identity.size));
      options.onBytes(countBytes(part.done), total);
    });
  };
  const accept = (answer: Answer, piece: Span, before: Delivery["identity"] | null): Delivery => {
    const delivery = deliveryOf(answer, pieces ? piece : null, before);
    if (delivery === null) throw new NotTransferable("the origin does not say how long the file is");
    if (answer.status === 200 && (part.done.length > 0 || active > 1)) {
      throw new FileChanged("the whole file was sent in place of a part of it");
    }
    // No range support: a broken connection means starting over.
    if (answer.status === 200) pieces = false;
    return delivery;
  };

  const work = async (): Promise<void> => {
    const client = createOriginClient(connect);
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
          // The answer may be shorter than the requested range.
          putBack({ start: at, end: piece.end });
        } catch (error) {
          client.close();
          signal.throwIfAborted();
          putBack({ start: Math.min(at, piece.end), end: piece.end });
          if (!pieces && at > 0) throw new FileChanged("an origin that gives no pieces broke off", { cause: error });
          failures = fetched >= progressBytes ? 1 : failures + 1;
          fetched = 0;
          // The other connections continue: the origin may allow fewer.
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
  // Workers are added while the first one runs.
  for (let index = 0; index < workers.length; index += 1) await workers[index];
  options.signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
}

/** These spans and those, within the file. */
const addAll = (spans: readonly Span[], more: readonly Span[], size: number): readonly Span[] =>
  more.reduce((all, { start, end }) => addSpan(all, { start, end: Math.min(end, size) }), spans);

/** Whether a retry may succeed. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionBroken) return true;
  return error instanceof RequestRefused && (error.status === 408 || error.status === 429 || error.status >= 500);
}

/** `early`: nothing was fetched yet, so another downloader may try without a loss. */
function failureFor(error: unknown, early: boolean): unknown {
  if (!(error instanceof ConnectionBroken || error instanceof RequestRefused)) return error;
  return early
    ? new NotTransferable(error.message, { cause: error })
    : new TransferFailed(error.message, { cause: error });
}
