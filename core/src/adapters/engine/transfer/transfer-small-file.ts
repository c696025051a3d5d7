import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import { type Dial, defaultIdleMs } from "./connection.ts";
import { ConnectionBroken, FileTooLarge, NotTransferable, RequestRefused } from "./errors.ts";
import { createOriginClient, type Source, skipSmallBody } from "./origin-client.ts";

/** How small files are fetched. */
export interface SmallFileOptions {
  readonly dial: Dial;
  /** Certificate authorities in place of the runtime's own, PEM. */
  readonly ca?: string | undefined;
  /** Longest silence of the connection. Default: 20 s. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
}

/** Fetches small files one after the other, over one connection as long as they lie at one origin. */
export interface SmallFileClient {
  /**
   * Fetches a file by a single request; it may be of unknown length, such as a text that the origin makes on demand. When this
   * rejects there is no file.
   *
   * Rejects with `RequestRefused` when the origin has answered with another status than 200, with `FileTooLarge`, with
   * `NotTransferable` when another downloader may do better, with the signal's reason, or the error of the disk.
   */
  fetch(source: Source, path: string, maxBytes: number): Promise<SmallFile>;
  /** Reads so many bytes from `start` on; fewer at the end of the file. Rejects as `fetch` does, also when the origin gives no ranges. */
  read(source: Source, start: number, length: number): Promise<Buffer>;
  close(): void;
}

/** What `Retry-After` asks for: seconds, or a date. */
function retryAfterMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** A small file that was fetched. */
export interface SmallFile {
  /** Where it lay in the end. */
  readonly url: string;
}

export function createSmallFileClient({ idleMs = defaultIdleMs, ...connect }: SmallFileOptions): SmallFileClient {
  const { signal } = connect;
  const client = createOriginClient({ ...connect, ca: connect.ca, idleMs });

  const fetchInto = async (source: Source, path: string, maxBytes: number): Promise<SmallFile> => {
    const place = { url: new URL(source.url) };
    const answer = await client.get({ source, place, span: null, validator: null });
    if (answer.status !== 200) {
      await skipSmallBody(answer);
      throw new RequestRefused(answer.status, answer.reason, retryAfterMs(answer.headers.get("retry-after")));
    }
    if ((answer.headers.get("content-encoding") ?? "identity") !== "identity") {
      throw new NotTransferable("the answer is encoded");
    }
    if (answer.length !== null && answer.length > maxBytes) throw new FileTooLarge(answer.length);
    const file = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      let bytes = 0;
      await answer.body(async (pieces) => {
        bytes = pieces.reduce((sum, { length }) => sum + length, bytes);
        if (bytes > maxBytes) throw new FileTooLarge(bytes);
        for (const piece of pieces) await file.appendFile(piece);
      });
      if (bytes === 0) throw new NotTransferable("the file is empty");
    } finally {
      await file.close();
    }
    return { url: place.url.href };
  };

  const readPart = async (source: Source, start: number, length: number): Promise<Buffer> => {
    const span = { start, end: start + length };
    const answer = await client.get({ source, place: { url: new URL(source.url) }, span, validator: null });
    const isPart = answer.status === 206 && (answer.headers.get("content-range") ?? "").startsWith(`bytes ${start}-`);
    // Of the whole file the beginning is taken.
    if (!isPart && (answer.status !== 200 || start > 0)) {
      await skipSmallBody(answer);
      throw new RequestRefused(answer.status, answer.reason);
    }
    if ((answer.headers.get("content-encoding") ?? "identity") !== "identity") {
      throw new NotTransferable("the answer is encoded");
    }
    const read: Buffer[] = [];
    let bytes = 0;
    const enough = new Error("enough was read");
    await answer
      .body(async (pieces) => {
        read.push(...pieces.map((piece) => Buffer.from(piece)));
        bytes = pieces.reduce((sum, piece) => sum + piece.length, bytes);
        if (bytes > length) throw enough;
      })
      .catch((error: unknown) => {
        client.close();
        if (error !== enough) throw error;
      });
    return Buffer.concat(read).subarray(0, length);
  };

  const failure = (error: unknown) => {
    signal.throwIfAborted();
    return error instanceof ConnectionBroken ? new NotTransferable(error.message, { cause: error }) : error;
  };

  return {
    async fetch(source, path, maxBytes) {
      try {
        return await fetchInto(source, path, maxBytes);
      } catch (error) {
        await rm(path, { force: true });
        throw failure(error);
      }
    },
    async read(source, start, length) {
      try {
        return await readPart(source, start, length);
      } catch (error) {
        throw failure(error);
      }
    },
    close: () => client.close(),
  };
}
