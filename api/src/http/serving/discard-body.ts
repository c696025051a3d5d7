import type { IncomingMessage } from "node:http";

// Enough for what the client had in flight when the response was sent.
const mostBytes = 256 * 1024;
const longestMs = 1_000;

/**
 * Drains the rest of a request that has already been answered: closing a socket with unread data sends a reset, and the client
 * could lose the response. Limited in bytes and time, so that a client cannot keep the server reading.
 */
export function discardBody(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(resolve, longestMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    incoming.once("end", done);
    incoming.once("close", done);
    incoming.once("error", done);
    // The app's reader would hold it back.
    incoming.removeAllListeners("data");
    incoming.on("data", (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes < mostBytes) return;
      incoming.pause();
      done();
    });
    incoming.resume();
  });
}
