import type { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { addSpan, countBytes, missingSpans, type Span } from "./byte-spans.ts";
import { createFollowingDigest } from "./following-digest.ts";

/** What identifies the file of which a part is there. */
export interface FileIdentity {
  readonly size: number;
  /** A strong entity tag, else the time of its last change, else a weak tag; null when the origin sends none of them. */
  readonly validator: string | null;
}

/** A file that is being fetched, in any order. What is on the disk of it stands in a note beside it. */
export interface PartFile {
  /** What the bytes belong to; null while nothing is there. */
  readonly identity: FileIdentity | null;
  readonly done: readonly Span[];
  /** From now on the bytes belong to this file. */
  begin(identity: FileIdentity): void;
  /** Throws away what is there. */
  discard(): Promise<void>;
  write(pieces: readonly Buffer[], position: number): Promise<void>;
  /** Flushes what was written, and then notes it. */
  save(): Promise<void>;
  /** Gives the whole file its name. Returns its SHA-256 when that was asked for. */
  finish(path: string): Promise<string | null>;
  /** Saves, and closes; what is there can be continued by the next one who opens it. */
  close(): Promise<void>;
}

interface Note {
  readonly version: 1;
  readonly identity: FileIdentity;
  readonly done: readonly Span[];
}

/**
 * Opens the part under this path, or begins it. Only bytes that were flushed are ever noted: neither a process that is
 * killed nor a machine that loses its power leaves a note of bytes that are not there.
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
      // First, so that no note of it is begun any more, and nothing of it is read.
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
    async finish(target) {
      await saving.catch(() => undefined);
      const size = identity?.size ?? 0;
      const { size: there } = await file.stat();
      if (missingSpans(done, size).length > 0 || there !== size) {
        throw new Error(`the file has ${there} bytes and ${countBytes(done)} were fetched of ${size}`);
      }
      const sha256 = (await digest?.end(size)) ?? null;
      await rename(path, target);
      saved = done;
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
    // A part that somebody has cut off has lost what the note says.
    return sound && last !== undefined && last.end <= size && last.end <= note.identity.size ? note : null;
  } catch {
    // Missing, or not one of ours: nothing is known of what is there.
    return null;
  }
}
