import type { ServerResponse } from "node:http";
import type { FrameSource } from "../frames.ts";
import { finish, plainHeaders } from "./send-response.ts";

/**
 * Writes the head of an answer and lets the source write its frames to the connection. Event streams are the answers that stay
 * open by the thousand, so neither a `Response` nor a `ReadableStream` is held for them.
 */
export function sendFrames(response: Response, source: FrameSource, outgoing: ServerResponse, stalledMs: number): void {
  outgoing.writeHead(response.status, plainHeaders(response.headers));
  outgoing.flushHeaders();
  outgoing.on("drain", source.ready);
  outgoing.once("close", source.closed);
  source.open({
    write: (frame) => outgoing.write(frame),
    end: () => {
      if (!outgoing.destroyed) void finish(outgoing, null, stalledMs);
    },
    cut: () => outgoing.destroy(),
  });
}
