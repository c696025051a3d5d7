import type { AttemptDeps } from "../../dependencies.ts";
import { AppError } from "../../errors/app-error.ts";
import type { Job } from "../../jobs/job.ts";
import {
  type PiecePlace,
  pieceKey,
  placeOfPiece,
  recordingFolder,
  removePieces,
} from "../../library/recording-pieces.ts";
import type { Attempt } from "../attempt.ts";
import type { Journals, RecordingFiles } from "./recording-files.ts";
import {
  decodeHead,
  encodeHead,
  headBytes,
  joinPieces,
  journalLength,
  type PieceHead,
  pieceBeyond,
  reachesBeyond,
  sharedJournals,
} from "./recording-piece.ts";

/** How often what is new of a recording is copied, in milliseconds: so much is lost with the machine at most. More often at first. */
const longestPauseMs = 20_000;
const firstPauseMs = 2_000;
/** Most heads are shorter, and are read with one request. */
const usualHeadBytes = 64 * 1024;
/** No head has more: it has the lines of the segments since the piece before, of a day at most. What says so is damaged. */
const mostHeadBytes = 64 * 1024 ** 2;

/** Copies of a recording in the storage, from which another machine goes on with it. */
export interface RecordingCopies {
  /**
   * Brings the folder to where the copies are, unless it is further already. Returns why the recording was ended, if it was. Rejects when
   * the storage does not answer.
   */
  restore(): Promise<string | null>;
  /** Copies what is new, again and again until the signal aborts. Never rejects: what could not be copied is with the next time. */
  follow(signal: AbortSignal): Promise<void>;
  /** Copies the rest of a recording that was ended, with the reason. Never rejects. */
  end(reason: string | null): Promise<void>;
}

interface Piece extends PiecePlace {
  readonly key: string;
  readonly bytes: number;
  readonly head: PieceHead;
  readonly headBytes: number;
}

/** The copies of the recording of this attempt's job. They are deleted when the job is over. */
export function openCopies(attempt: Attempt, files: RecordingFiles, signal: AbortSignal): RecordingCopies {
  const { deps, job, folder, limits } = attempt;
  attempt.whenOver(() => removePieces(deps, job.id, job.attempt));
  /** What of the folder's recording is in the storage. */
  let copied: Journals = {};
  let number = 0;

  const copy = async (ended: string | null): Promise<void> => {
    const journals = await files.journals(folder);
    const spans = files.spans(journals, copied);
    const head = pieceBeyond(journals, copied, spans, ended);
    if (head === null) return;
    const key = pieceKey(job.id, { attempt: job.attempt, number }, deps.ids.next("art"));
    const stream = precededBy(encodeHead(head), files.read(folder, spans));
    const contentType = "application/octet-stream";
    // Also after a failure: the piece may be there, and must not have another's place.
    number += 1;
    await deps.blobs.put(key, { kind: "stream", stream }, { contentType, signal });
    copied = journals;
  };

  const restore = async (): Promise<string | null> => {
    const pieces = await listPieces(deps, job, signal);
    const own = pieces.filter(({ attempt }) => attempt === job.attempt);
    number = own.reduce((next, piece) => Math.max(next, piece.number + 1), 0);
    const stored = joinPieces(pieces.map(({ head }) => head));
    const local = await files.journals(folder);
    const shared = sharedJournals(stored, local);
    copied = shared;
    const ended = pieces.at(-1)?.head.ended ?? null;
    const isSame = [local, shared].every((journals) => journalLength(journals) === journalLength(stored));
    // An attempt that brought the folder to here may have died before it wrote into it that the recording was ended.
    if (isSame) return ended;
    if (journalLength(local) >= journalLength(stored)) return null;
    // What the folder has beyond is another continuation; from here on a crash leaves a shorter recording, and never a broken one.
    const missing = pieces.filter(({ head }) => head.spans.length > 0 && reachesBeyond(head, shared));
    const bytes = missing.reduce((sum, piece) => sum + piece.bytes, 0);
    if ((await deps.workFolders.freeBytes()) < limits.minFreeBytes + bytes)
      throw new AppError("disk_full", "The worker's disk has no room for what another one has recorded.");
    await files.replace(folder, shared);
    for (const { key, head, headBytes: start } of missing) {
      const blob = await deps.blobs.open(key, { start }, signal);
      if (blob === null) throw new Error(`${key} is gone`);
      await files.write(folder, head.spans, blob.body);
    }
    await files.replace(folder, stored);
    copied = stored;
    deps.logger.info("a recording was taken over from another machine", { pieces: pieces.length });
    return ended;
  };

  const bestEffort = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) deps.logger.warn("a recording could not be copied; it is tried again", { error });
    }
  };

  return {
    restore: async () => {
      try {
        // Within an attempt a recording may begin twice, where the link is looked at anew.
        if (job.attempt === 1 && journalLength(await files.journals(folder)) === 0) return null;
        return await restore();
      } catch (error) {
        if (error instanceof AppError || signal.aborted) throw error;
        deps.logger.warn("the copies of a recording cannot be read; it goes on with what is on this machine", {
          error,
        });
        return null;
      }
    },
    follow: async (until) => {
      const either = AbortSignal.any([signal, until]);
      for (let pauseMs = firstPauseMs; !either.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        await deps.clock.sleep(pauseMs, either).catch(() => undefined);
        if (!either.aborted) await bestEffort(() => copy(null));
      }
    },
    end: (reason) => bestEffort(() => copy(reason)),
  };
}

/** The pieces of the attempts up to this one, in the order in which they were made. */
async function listPieces(
  deps: Pick<AttemptDeps, "blobs" | "logger">,
  job: Job,
  signal: AbortSignal,
): Promise<readonly Piece[]> {
  const found: Omit<Piece, "head" | "headBytes">[] = [];
  for await (const { key, bytes } of deps.blobs.list(recordingFolder(job.id))) {
    const place = placeOfPiece(key);
    if (place !== null && place.attempt <= job.attempt) found.push({ key, bytes, ...place });
  }
  found.sort((one, other) => one.attempt - other.attempt || (one.key < other.key ? -1 : 1));
  const pieces: Piece[] = [];
  for (const { key, ...about } of found) {
    try {
      pieces.push({ key, ...about, ...(await readHead(deps, key, signal)) });
    } catch (error) {
      // An outage is over later. What cannot be read is so for ever, and the recording must not wait for it.
      if (error instanceof AppError || signal.aborted) throw error;
      deps.logger.warn("a copy of a part of a recording cannot be read", { key, error });
    }
  }
  return pieces;
}

async function readHead(
  { blobs }: Pick<AttemptDeps, "blobs">,
  key: string,
  signal: AbortSignal,
): Promise<Pick<Piece, "head" | "headBytes">> {
  const first = async (bytes: number): Promise<Uint8Array> => {
    const blob = await blobs.open(key, { start: 0, end: bytes - 1 }, signal);
    if (blob === null) throw new Error(`${key} is gone`);
    return new Uint8Array(await new Response(blob.body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
  };
  let start = await first(usualHeadBytes);
  const bytes = headBytes(start);
  if (bytes > mostHeadBytes) throw new Error(`${key} has no head that is its own`);
  if (bytes > start.byteLength) start = await first(bytes);
  return { head: decodeHead(start.subarray(0, bytes)), headBytes: bytes };
}

function precededBy(head: Uint8Array, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(head),
    pull: async (controller) => {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
