import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { prefixOf, type Span } from "./byte-spans.ts";

/** The SHA-256 of a file that is still being written, out of order: computed over the contiguous prefix as it grows. */
export interface FollowingDigest {
  /** These spans exist already. */
  follow(done: readonly Span[]): void;
  /** These bytes were just written. Bytes in order are hashed directly; others are read back later, mostly from the page cache. */
  wrote(pieces: readonly Buffer[], position: number, done: readonly Span[]): void;
  /** Waits until the digest has reached the end. */
  end(size: number): Promise<string>;
  /** Starts over: the file is about to be truncated. */
  restart(): void;
  stop(): void;
}

// Hashing a block takes half a millisecond, so the event loop is not blocked.
const blockBytes = 1 << 20;

/** A digest of this file. */
export function createFollowingDigest(file: FileHandle): FollowingDigest {
  let hash = createHash("sha256");
  let reached = 0;
  let prefix = 0;
  let catching: Promise<void> | null = null;
  let failure: unknown;
  let generation = 0;
  const block = Buffer.allocUnsafe(blockBytes);

  const catchUp = async (mine: number) => {
    while (mine === generation && reached < prefix) {
      const { bytesRead } = await file.read(block, 0, Math.min(blockBytes, prefix - reached), reached);
      if (mine !== generation) return;
      if (bytesRead === 0) throw new Error("the file is shorter than what was written");
      hash.update(block.subarray(0, bytesRead));
      reached += bytesRead;
    }
  };
  const start = () => {
    if (catching !== null || reached >= prefix) return;
    const mine = generation;
    catching = catchUp(mine)
      .catch((error: unknown) => {
        if (mine === generation) failure ??= error;
      })
      .finally(() => {
        catching = null;
      });
  };

  return {
    follow(done) {
      prefix = prefixOf(done);
      start();
    },
    wrote(pieces, position, done) {
      if (position === reached && catching === null) {
        for (const piece of pieces) {
          hash.update(piece);
          reached += piece.length;
        }
      }
      prefix = Math.max(prefixOf(done), reached);
      start();
    },
    async end(size) {
      prefix = size;
      while (reached < size && failure === undefined) {
        start();
        await catching;
      }
      if (failure !== undefined) throw failure;
      return hash.digest("hex");
    },
    restart() {
      generation += 1;
      failure = undefined;
      hash = createHash("sha256");
      reached = 0;
      prefix = 0;
    },
    stop() {
      generation += 1;
      reached = Number.POSITIVE_INFINITY;
    },
  };
}
