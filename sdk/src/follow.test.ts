import { describe, expect, test } from "bun:test";
import { ApiError } from "./errors.ts";
import { follow } from "./follow.ts";
import type { FollowOptions } from "./reconnect.ts";
import { frames, jobEvent, progressEvent } from "./testing/sample-job.ts";
import type { DownloadEvent } from "./types.ts";

/** One connection: texts in pieces, then its end. */
interface Connection {
  readonly pieces?: readonly string[];
  /** How it ends: by itself, with an error, or never. */
  readonly end?: "clean" | "broken" | "open";
  /** Instead of all that: the service says no. */
  readonly error?: unknown;
}

function service(...connections: readonly Connection[]) {
  const rest = [...connections];
  const state = { asked: [] as (string | undefined)[], canceled: 0 };
  const encoder = new TextEncoder();
  const open = async (lastEventId: string | undefined) => {
    state.asked.push(lastEventId);
    const connection = rest.shift();
    if (connection === undefined) throw new Error("one connection too many");
    const { pieces = [], end = "clean", error } = connection;
    if (error !== undefined) throw error;
    const left = ["retry: 1\n\n", ...pieces];
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = left.shift();
        if (piece !== undefined) controller.enqueue(encoder.encode(piece));
        else if (end === "clean") controller.close();
        else if (end === "broken") controller.error(new TypeError("ECONNRESET"));
        else return new Promise(() => undefined);
      },
      cancel() {
        state.canceled++;
      },
    });
  };
  return { ...state, state, open };
}

async function collect(open: Parameters<typeof follow>[0], options?: FollowOptions): Promise<DownloadEvent[]> {
  const events: DownloadEvent[] = [];
  for await (const event of follow(open, options)) events.push(event);
  return events;
}

const down = () => new ApiError(503, null, null);

describe("following a job", () => {
  test("brings each event once over connections that break and connections that end", async () => {
    const half = frames(progressEvent("3-0", 50)).slice(0, 30);
    const { open, state } = service(
      { pieces: [frames(jobEvent("1-0"), progressEvent("2-0", 10)), half], end: "broken" },
      { pieces: [frames(progressEvent("3-0", 50))] },
      { error: down() },
      { pieces: [frames(jobEvent("4-0", { state: "succeeded" }))], end: "open" },
    );
    const events = await collect(open);
    expect(events.map(({ id }) => id)).toEqual(["1-0", "2-0", "3-0", "4-0"]);
    expect(state.asked).toEqual([undefined, "2-0", "3-0", "3-0"]);
    expect(state.canceled).toBe(1);
  });

  test("puts events together from pieces that cut through characters' places and line ends", async () => {
    const text = frames(jobEvent("1-0", { labels: { a: "ü💡\u2028" } }), jobEvent("2-0", { state: "failed" }));
    const { open } = service({ pieces: [...text.replaceAll("\n", "\r\n")] });
    const events = await collect(open);
    expect(events.map(({ id }) => id)).toEqual(["1-0", "2-0"]);
    expect(events[0]).toEqual(jobEvent("1-0", { labels: { a: "ü💡\u2028" } }));
  });

  test("begins where the caller left off, and ends when there was nothing left", async () => {
    const asked: (string | undefined)[] = [];
    const events = await collect(
      async (id) => {
        asked.push(id);
        return null;
      },
      { lastEventId: "7-0" },
    );
    expect(events).toEqual([]);
    expect(asked).toEqual(["7-0"]);
  });

  test("passes over kinds of events that it does not know, and goes on after them", async () => {
    const { open, state } = service(
      { pieces: [`: heartbeat\n\nid: 5-0\nevent: confetti\ndata: {}\n\n`], end: "broken" },
      { pieces: [frames(jobEvent("6-0", { state: "canceled" }))] },
    );
    expect((await collect(open)).map(({ id }) => id)).toEqual(["6-0"]);
    expect(state.asked).toEqual([undefined, "5-0"]);
  });

  test("takes a connection on which nothing comes for dead", async () => {
    const { open, state } = service(
      { pieces: [frames(jobEvent("1-0"))], end: "open" },
      { pieces: [frames(jobEvent("2-0", { state: "succeeded" }))] },
    );
    expect((await collect(open, { silenceMs: 30 })).length).toBe(2);
    expect(state.canceled).toBe(1);
  });

  test.each([400, 401, 403, 404, 422])("ends with the error when the service says %d", async (status) => {
    const { open, state } = service({ error: new ApiError(status, null, null) });
    await expect(collect(open)).rejects.toMatchObject({ status });
    expect(state.asked.length).toBe(1);
  });

  test("gives up when one connection after another fails, but not while events come", async () => {
    const { open, state } = service(
      { error: down() },
      { pieces: [frames(jobEvent("1-0"))], end: "broken" },
      { error: down() },
      { pieces: [": heartbeat\n\n"] },
      { error: down() },
      {},
    );
    await expect(collect(open, { maxReconnects: 2 })).rejects.toThrow("ended before the job did");
    expect(state.asked.length).toBe(6);
  });

  test("lets the connection go when the caller has seen enough", async () => {
    const { open, state } = service({ pieces: [frames(jobEvent("1-0"))], end: "open" });
    for await (const event of follow(open)) {
      expect(event.id).toBe("1-0");
      break;
    }
    expect(state.canceled).toBe(1);
  });

  test("rejects with the signal's reason and lets the connection go when it aborts", async () => {
    const { open, state } = service({ pieces: [frames(jobEvent("1-0"))], end: "open" });
    const abort = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { id } of follow(open, { signal: abort.signal })) {
        seen.push(id);
        setTimeout(() => abort.abort(new Error("enough")));
      }
    })();
    await expect(following).rejects.toThrow("enough");
    expect(seen).toEqual(["1-0"]);
    expect(state.canceled).toBe(1);
  });

  test("refuses an event that is not JSON instead of asking for it for ever", async () => {
    const { open, state } = service({ pieces: ["id: 1-0\nevent: job\ndata: {\n\n"] });
    await expect(collect(open)).rejects.toThrow("not JSON");
    expect(state.asked.length).toBe(1);
  });
});
