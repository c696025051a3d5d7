import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { ConnectionBroken } from "./errors.ts";

/** Reads a socket in pieces, with a bounded buffer. */
export interface ByteReader {
  /** What has arrived, at least one piece; null when the other side has ended. Rejects with `ConnectionBroken`. */
  next(): Promise<Buffer[] | null>;
  /** Puts surplus bytes back; the next read returns them first. */
  unread(bytes: Buffer): void;
}

/** Size of the buffer at which the socket is paused: enough to keep receiving during a disk write. */
const heldBytes = 1 << 20;

/** Takes over reading from a socket. When a read waits for longer than `idleMs`, the connection counts as broken. */
export function createByteReader(socket: Socket, idleMs: number): ByteReader {
  let held: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  let failure: Error | null = null;
  let wake: (() => void) | null = null;

  const notify = () => {
    wake?.();
    wake = null;
  };
  socket.on("data", (chunk: Buffer) => {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes >= heldBytes) socket.pause();
    notify();
  });
  socket.on("end", () => {
    ended = true;
    notify();
  });
  socket.on("error", (error) => {
    failure ??= error;
    notify();
  });
  socket.on("close", () => {
    ended = true;
    notify();
  });
  socket.resume();

  return {
    async next() {
      if (held.length === 0 && !ended && failure === null) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(() => {
            failure ??= new Error("timed out");
            socket.destroy();
            resolve();
          }, idleMs);
        });
        clearTimeout(timer);
      }
      if (held.length > 0) {
        const taken = held;
        held = [];
        bytes = 0;
        if (socket.isPaused()) socket.resume();
        return taken;
      }
      if (failure !== null) throw new ConnectionBroken(failure.message, { cause: failure });
      return null;
    },
    unread(rest) {
      held.unshift(rest);
      bytes += rest.length;
    },
  };
}

/** Longest head of an answer. */
const maxHeadBytes = 64 * 1024;

/** Reads up to and without the blank line that ends a head. Rejects with `ConnectionBroken` when there is none. */
export async function readHeadText(reader: ByteReader): Promise<string> {
  let seen: Buffer = Buffer.alloc(0);
  for (;;) {
    const pieces = await reader.next();
    if (pieces === null) throw new ConnectionBroken("the connection closed before the answer");
    seen = Buffer.concat([seen, ...pieces]);
    const end = seen.indexOf("\r\n\r\n");
    if (end === -1 ? seen.length > maxHeadBytes : end > maxHeadBytes) {
      throw new ConnectionBroken("the head of the answer is too long");
    }
    if (end === -1) continue;
    if (seen.length > end + 4) reader.unread(seen.subarray(end + 4));
    return seen.toString("latin1", 0, end);
  }
}
