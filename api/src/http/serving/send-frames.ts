import type { ServerResponse } from "node:http";
import type { FrameSink, FrameSource } from "../frames.ts";
import { finish, plainHeaders } from "./send-response.ts";

/**
 * Writes the head of an answer and lets the source write its frames to the connection. Event streams are the answers that stay
 * open by the thousand, so neither a `Response` nor a `ReadableStream` is held for them.
 */
export function sendFrames(response: Response, source: FrameSource, outgoing: ServerResponse, stalledMs: number): void {
  outgoing.writeHead(response.status, plainHeaders(response.headers));
  outgoing.flushHeaders();
  outgoing.on("drain", () => source.ready());
  outgoing.once("close", () => source.closed());
  source.open(new ResponseSink(outgoing, stalledMs));
}

class ResponseSink implements FrameSink {
  readonly #outgoing: ServerResponse;
  readonly #stalledMs: number;

  constructor(outgoing: ServerResponse, stalledMs: number) {
    this.#outgoing = outgoing;
    this.#stalledMs = stalledMs;
  }

  write(frame: Uint8Array<ArrayBuffer>): boolean {
    return this.#outgoing.write(frame);
  }

  end(): void {
    if (!this.#outgoing.destroyed) void finish(this.#outgoing, null, this.#stalledMs);
  }

  cut(): void {
    this.#outgoing.destroy();
  }
}
