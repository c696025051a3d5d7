import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { prefixOf, type Span } from "./byte-spans.ts";

/** The SHA-256 of a file that is still being written, out of order: it follows behind what is there without a gap. */
export interface FollowingDigest {
  /** These spans are there already. */
  follow(done: readonly Span[]): void;
  /** This was written just now. What comes in order is taken as it is; the rest is read again later, from memory most often. */
  wrote(pieces: readonly Buffer[], position: number, done: readonly Span[]): void;
  /** Waits until it has reached the end. */
  end(size: number): Promise<string>;
  /** Begins anew: the file is going to be emptied. */
  restart(): void;
  stop(): void;
}

// Hashing so much takes half a millisecond, so whatever else the process does is not held up.
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
