import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { addSpan, countBytes, missingWithin, type Span } from "./byte-spans.ts";
import { createFollowingDigest } from "./following-digest.ts";

/** Identifies the version of the file that a part belongs to. */
export interface FileIdentity {
  readonly size: number;
  /** A strong entity tag, else the time of its last change, else a weak tag; null when the origin sends none of them. */
  readonly validator: string | null;
}

/** A partially fetched file, written in any order. A note beside it records which spans are on the disk. */
export interface PartFile {
  /** The version that the bytes belong to; null while there are none. */
  readonly identity: FileIdentity | null;
  readonly done: readonly Span[];
  /** Sets the version that the bytes belong to. */
  begin(identity: FileIdentity): void;
  /** Discards all bytes. */
  discard(): Promise<void>;
  write(pieces: readonly Buffer[], position: number): Promise<void>;
  /** Flushes the file, and then updates the note. */
  save(): Promise<void>;
  /** Bytes that were written. */
  read(span: Span): Promise<Buffer>;
  /**
   * Gives the file its name when these spans of it are there; null: when it is whole. What is left out is a hole. Returns its
   * SHA-256 when that was asked for.
   */
  finish(path: string, wanted: readonly Span[] | null): Promise<string | null>;
  /** Saves and closes; the part can be continued by opening it again. */
  close(): Promise<void>;
}

interface Note {
  readonly version: 1;
  readonly identity: FileIdentity;
  readonly done: readonly Span[];
}

/**
 * Opens or creates the part under this path. Only flushed bytes are recorded in the note, so neither a killed process nor a
 * power loss leaves a note of bytes that are not on the disk.
 */
export async function openPartFile(path: string, options: { readonly digest: boolean }): Promise<PartFile> {
  const noted = `${path}.json`;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  const found = await readNote(noted, file);
  // Bytes that nothing is known of would stay behind the end of a file that is shorter.
  if (found === null) await file.truncate(0);
  let identity = found?.identity ?? null;
  let done: readonly Span[] = found?.done ?? [];
  let saved = done;
  let saving: Promise<void> = Promise.resolve();
  const digest = options.digest ? createFollowingDigest(file) : null;
  digest?.follow(done);

  const note = async () => {
    if (identity === null || saved === done) return;
    const reached: Note = { version: 1, identity, done };
    await file.datasync();
    await writeFile(`${noted}.new`, JSON.stringify(reached), { mode: 0o600 });
    await rename(`${noted}.new`, noted);
    saved = reached.done;
  };

  const save = () => {
    saving = saving.catch(() => undefined).then(note);
    return saving;
  };

  return {
    get identity() {
      return identity;
    },
    get done() {
      return done;
    },
    begin(next) {
      identity = next;
    },
    async discard() {
      // First, so that no new note is written and nothing is read any more.
      digest?.restart();
      identity = null;
      done = [];
      saved = done;
      await saving.catch(() => undefined);
      await rm(noted, { force: true });
      await file.truncate(0);
    },
    async write(pieces, position) {
      const { length } = pieces;
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const [first] = pieces;
      let written = 0;
      if (length === 1 && first !== undefined)
        ({ bytesWritten: written } = await file.write(first, 0, bytes, position));
      else if (length > 1) ({ bytesWritten: written } = await file.writev([...pieces], position));
      if (written < bytes) await writeRest(file, pieces, written, position);
      done = addSpan(done, { start: position, end: position + bytes });
      digest?.wrote(pieces, position, done);
    },
    save,
    async read({ start, end }) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      return buffer.subarray(0, bytesRead);
    },
    async finish(target, wanted) {
      await saving.catch(() => undefined);
      const size = identity?.size ?? 0;
      const isMissing = missingWithin(done, wanted, size).length > 0;
      // A hole at the end has to be made.
      if (wanted !== null && !isMissing) await file.truncate(size);
      const { size: there } = await file.stat();
      if (isMissing || there !== size) {
        throw new Error(`the file has ${there} bytes and ${countBytes(done)} were fetched of ${size}`);
      }
      // Pieces come in any order, so a file that lost some of them with the power would be as long as a whole one.
      await file.datasync();
      const sha256 = (await digest?.end(size)) ?? null;
      await rename(path, target);
      saved = done;
      // One that began meanwhile would leave its note behind.
      await saving.catch(() => undefined);
      await rm(noted, { force: true });
      return sha256;
    },
    async close() {
      digest?.stop();
      try {
        await save();
      } finally {
        await file.close();
      }
    },
  };
}

async function writeRest(file: FileHandle, pieces: readonly Buffer[], skip: number, position: number): Promise<void> {
  let offset = 0;
  for (const piece of pieces) {
    for (let at = Math.max(0, skip - offset); at < piece.length; ) {
      at += (await file.write(piece, at, piece.length - at, position + offset + at)).bytesWritten;
    }
    offset += piece.length;
  }
}

async function readNote(path: string, file: FileHandle): Promise<Note | null> {
  try {
    const note = JSON.parse(await readFile(path, "utf8")) as Note;
    const { size } = await file.stat();
    const last = note.done.at(-1);
    const sound = note.version === 1 && note.done.every(({ start, end }) => start >= 0 && end > start);
    // Whether the origin has another file of the same size now could not be told.
    if (note.identity.validator === null) return null;
    // A truncated part lacks bytes that the note records.
    return sound && last !== undefined && last.end <= size && last.end <= note.identity.size ? note : null;
  } catch {
    // Missing or invalid: the content of the part is unknown.
    return null;
  }
}
