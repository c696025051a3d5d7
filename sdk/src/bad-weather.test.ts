import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { AuthenticationError, RateLimitError } from "./errors.ts";
import { frames, jobEvent, progressEvent } from "./testing/sample-job.ts";
import { problem, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

const client = (...steps: readonly Step[]) => {
  const { fetch, sent } = scriptedFetch(...steps);
  return { downloads: new Vidferry({ baseUrl: "http://service.test", fetch }).downloads, sent };
};
const stream =
  (text: string): Step =>
  () =>
    new Response(text, { headers: { "content-type": "text/event-stream" } });
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => error,
  );

describe("a client", () => {
  test("is told how long to wait by a 429 that says so, and that nobody knows by one that does not", async () => {
    const asked = problem(429, "rate_limit_exceeded", { "retry-after-ms": "61000" });
    expect(await failure(client(asked).downloads.get("job_1"))).toMatchObject({ retryAfterMs: 61_000 });
    const silent: Step = () => new Response(null, { status: 429 });
    const error = await failure(client(silent).downloads.get("job_1", { maxRetries: 0 }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfterMs: null, code: "unknown_error", retryable: true });
  });

  test("whose key is revoked while it follows is told so, and asks no more", async () => {
    const { downloads, sent } = client(
      stream(`retry: 1\n\n${frames(jobEvent("1-0", { state: "running" }))}`),
      problem(401, "unauthorized"),
    );
    const events = downloads.events("job_1");
    expect((await events.next()).value).toMatchObject({ id: "1-0" });
    expect(await failure(events.next())).toBeInstanceOf(AuthenticationError);
    expect(sent.length).toBe(2);
    expect(await failure(client(problem(401, "unauthorized")).downloads.wait("job_1"))).toBeInstanceOf(
      AuthenticationError,
    );
  });

  test("takes no event that the service cut off in the middle, and asks for it again", async () => {
    const whole = frames(
      jobEvent("1-0", { state: "running" }),
      progressEvent("2-0", 5),
      jobEvent("3-0", { state: "failed" }),
    );
    const cut = whole.slice(0, whole.indexOf('"percent":5') + 5);
    const { downloads, sent } = client(stream(`retry: 1\n\n${cut}`), stream(whole.slice(whole.indexOf("id: 2-0"))));
    const ids: string[] = [];
    for await (const { id } of downloads.events("job_1")) ids.push(id);
    expect(ids).toEqual(["1-0", "2-0", "3-0"]);
    expect(sent[1]?.headers.get("last-event-id")).toBe("1-0");
  });

  test("leaves no connection behind, however its streams and transfers end", async () => {
    let open = 0;
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: ({ url, signal }) => {
        open += 1;
        signal.addEventListener("abort", () => {
          open -= 1;
        });
        const isFile = url.includes("/files/");
        const first = isFile ? "some bytes" : frames(jobEvent("1-0", { state: "running" }));
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
        });
        return new Response(body, { headers: { "content-type": isFile ? "video/mp4" : "text/event-stream" } });
      },
    });
    try {
      const { downloads } = new Vidferry({ baseUrl: server.url.href });
      for await (const _ of downloads.events("job_1")) break;
      const abort = new AbortController();
      const waits = ["job_1", "job_2"].map((id) => failure(downloads.wait(id, { signal: abort.signal })));
      await eventually(() => open === 2 || undefined);
      abort.abort(new Error("enough"));
      expect(await Promise.all(waits)).toEqual([new Error("enough"), new Error("enough")]);
      const late = downloads.wait("job_1", { timeoutMs: 50 });
      expect(await failure(late)).toMatchObject({ name: "TimeoutError" });
      const file = await downloads.file("job_1", "art_1");
      await file.body?.cancel();
      await eventually(() => open === 0 || undefined);
    } finally {
      await server.stop(true);
    }
  });
});
