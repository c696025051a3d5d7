import type { IncomingMessage } from "node:http";

// Enough for what a client had on the way when it was answered.
const mostBytes = 256 * 1024;
const longestMs = 1_000;

/**
 * Throws away what still comes of a request that has been answered: a connection that is closed with bytes unread is reset, and
 * the client might lose the answer. Only a little and not for long: nobody feeds us bytes that are not wanted.
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
