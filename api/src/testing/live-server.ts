import { onTestFinished } from "bun:test";
import { type RunningServer, type ServerOptions, startServer } from "../http/server.ts";
import { createHarness, type Harness } from "./harness.ts";

/** A harness behind a real server on a free port; it stops when the test ends. */
export async function startHarness(
  over: Parameters<typeof createHarness>[0] &
    Partial<
      Pick<
        ServerOptions,
        | "transferStalledMs"
        | "requestTimeoutMs"
        | "headTimeoutMs"
        | "bodyPace"
        | "socketStalledMs"
        | "socketPingMs"
        | "keepAliveMs"
        | "maxConnections"
      >
    > = {},
): Promise<Harness & { readonly server: RunningServer; readonly url: string }> {
  const harness = createHarness(over);
  const { auth: _auth, config: _config, limits: _limits, ...bounds } = over;
  const place = { host: "127.0.0.1", port: 0 };
  const server = await startServer({ app: harness.app, logger: harness.logger, ...place, ...bounds });
  onTestFinished(() => server.stop({ graceMs: 0 }));
  return { ...harness, server, url: server.url };
}

/** A frame of an event stream: a comment, a field on its own, or an event. */
export interface ReceivedFrame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

/** The frames of an event stream as they come. */
export async function* readFrames(response: Response): AsyncGenerator<ReceivedFrame, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => {
        const colon = line.indexOf(":");
        return [colon === 0 ? "comment" : line.slice(0, colon), line.slice(colon + 1).trim()];
      });
      yield Object.fromEntries(fields) as ReceivedFrame;
    }
  }
}

/** All frames until the stream ends. */
export async function readAllFrames(response: Response): Promise<ReceivedFrame[]> {
  const frames: ReceivedFrame[] = [];
  for await (const frame of readFrames(response)) frames.push(frame);
  return frames;
}
