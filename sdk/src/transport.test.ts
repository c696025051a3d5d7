import { describe, expect, test } from "bun:test";
import {
  ApiError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  RateLimitError,
  TimeoutError,
  VidferryError,
} from "./errors.ts";
import { sampleJob } from "./testing/sample-job.ts";
import { json, problem, refused, type Step, scriptedFetch, silent } from "./testing/scripted-fetch.ts";
import { Vidferry, type VidferryOptions } from "./vidferry.ts";

const url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";

function client(steps: readonly Step[], options: Partial<VidferryOptions> = {}) {
  const { fetch, sent } = scriptedFetch(...steps);
  return { vidferry: new Vidferry({ baseUrl: "http://service.test/", fetch, ...options }), sent };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it should have been rejected"),
    (error: unknown) => error,
  );
}

describe("a call", () => {
  test("goes to the base URL with the key, the headers of the client, and JSON", async () => {
    const { vidferry, sent } = client([json(sampleJob(), 202)], { apiKey: "vf_key", headers: { "x-team": "blue" } });
    expect((await vidferry.downloads.create({ url, output: { type: "audio" } })).id).toBe("job_1");
    expect(sent.map(({ method, url, body }) => ({ method, url: url.href, body: JSON.parse(body) }))).toEqual([
      { method: "POST", url: "http://service.test/api/v1/downloads", body: { url, output: { type: "audio" } } },
    ]);
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer vf_key");
    expect(sent[0]?.headers.get("x-team")).toBe("blue");
    expect(sent[0]?.headers.get("content-type")).toBe("application/json");
  });

  test("keeps ids inside their path segment", async () => {
    const { vidferry, sent } = client([problem(404, "not_found")]);
    await errorOf(vidferry.downloads.get("../keys?x=1"));
    expect(sent[0]?.url.href).toBe("http://service.test/api/v1/downloads/..%2Fkeys%3Fx%3D1");
  });

  test.each(["", "service.test", "ftp://service.test"])("has no base URL %p", (baseUrl) => {
    expect(() => new Vidferry({ baseUrl })).toThrow(VidferryError);
  });
});

describe("repetition", () => {
  test("sends the same body with the same idempotency key until it is answered", async () => {
    const { vidferry, sent } = client([
      problem(503, "unavailable"),
      problem(429, "rate_limit_exceeded"),
      json(sampleJob(), 202),
    ]);
    await vidferry.downloads.create({ url });
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([{ url }, { url }, { url }]);
    const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("uses another key for another call, and the caller's key when there is one", async () => {
    const { vidferry, sent } = client([json(sampleJob()), json(sampleJob()), json(sampleJob())]);
    await vidferry.downloads.create({ url });
    await vidferry.downloads.create({ url });
    await vidferry.downloads.create({ url }, { idempotencyKey: "mine" });
    const [first, second, third] = sent.map(({ headers }) => headers.get("idempotency-key"));
    expect(first).not.toBe(second ?? null);
    expect(third).toBe("mine");
  });

  test("gives up after the retries of the client, or of the call", async () => {
    const down = Array.from({ length: 9 }, () => problem(500, "internal_error"));
    const { vidferry, sent } = client(down);
    expect(await errorOf(vidferry.downloads.get("job_1"))).toMatchObject({ status: 500, code: "internal_error" });
    expect(sent.length).toBe(3);
    await errorOf(vidferry.downloads.get("job_1", { maxRetries: 0 }));
    expect(sent.length).toBe(4);
  });

  test("covers connections that fail, and answers that break off", async () => {
    const broken: Step = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('{"id":'));
            controller.error(new Error("reset"));
          },
        }),
      );
    const { vidferry, sent } = client([broken, refused, json(sampleJob())]);
    expect((await vidferry.downloads.get("job_1")).id).toBe("job_1");
    expect(sent.length).toBe(3);
  });

  test("leaves alone what will not change", async () => {
    for (const step of [
      problem(422, "invalid_request"),
      problem(409, "invalid_state"),
      problem(503, "unavailable", { "x-should-retry": "false" }),
      problem(429, "rate_limit_exceeded", { "retry-after-ms": "61000" }),
    ]) {
      const { vidferry, sent } = client([step]);
      expect(await errorOf(vidferry.downloads.get("job_1"))).toBeInstanceOf(ApiError);
      expect(sent.length).toBe(1);
    }
  });

  test("waits for the first call with the same idempotency key", async () => {
    const { vidferry, sent } = client([problem(409, "idempotency_in_progress"), json(sampleJob(), 202)]);
    await vidferry.downloads.create({ url });
    expect(sent.length).toBe(2);
  });

  test("ends at once when the signal aborts in a pause", async () => {
    const abort = new AbortController();
    const waits: Step = () => {
      queueMicrotask(() => setTimeout(() => abort.abort(new Error("enough"))));
      return new Response(null, { status: 503, headers: { "retry-after": "50" } });
    };
    const { vidferry, sent } = client([waits]);
    expect(await errorOf(vidferry.downloads.get("job_1", { signal: abort.signal }))).toEqual(new Error("enough"));
    expect(sent.length).toBe(1);
  });
});

describe("an error", () => {
  test("has the class of its status and all that the problem says", async () => {
    const body = {
      title: "No",
      detail: "Two fields.",
      code: "invalid_request",
      hint: "Fix.",
      requestId: "req_9",
      retryable: false,
    };
    const errors = [{ path: "url", message: "is missing" }];
    const { vidferry } = client([
      json({ ...body, errors }, 422),
      problem(401, "unauthorized"),
      problem(403, "forbidden"),
      problem(404, "not_found"),
      problem(429, "rate_limit_exceeded", { "retry-after-ms": "90000" }),
    ]);
    const get = () => errorOf(vidferry.downloads.get("job_1"));
    expect(await get()).toMatchObject({
      name: "ApiError",
      status: 422,
      code: "invalid_request",
      requestId: "req_9",
      hint: "Fix.",
      retryable: false,
      fields: errors,
      message: "Two fields. url: is missing",
    });
    expect(await get()).toBeInstanceOf(AuthenticationError);
    expect(await get()).toBeInstanceOf(AuthenticationError);
    expect(await get()).toBeInstanceOf(NotFoundError);
    const limited = await get();
    expect(limited).toBeInstanceOf(RateLimitError);
    expect(limited).toMatchObject({ retryAfterMs: 90_000 });
  });

  test("of something in between has no code of the service", async () => {
    const html: Step = () =>
      new Response("<html>Bad gateway</html>", { status: 502, headers: { "x-request-id": "proxy-1" } });
    const { vidferry } = client([html], { maxRetries: 0 });
    expect(await errorOf(vidferry.downloads.get("job_1"))).toMatchObject({
      status: 502,
      code: "unknown_error",
      problem: null,
      requestId: "proxy-1",
      retryable: true,
    });
  });

  test("of a connection keeps its cause and never the key", async () => {
    const { vidferry } = client([refused], { maxRetries: 0, apiKey: "vf_secret" });
    const error = await errorOf(vidferry.downloads.get("job_1"));
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).cause).toBeInstanceOf(TypeError);
    expect(Bun.inspect(error)).not.toContain("vf_secret");
  });

  test("of time says so, and an abort is the signal's own reason", async () => {
    const { vidferry } = client([silent, silent], { maxRetries: 0, timeoutMs: 10 });
    expect(await errorOf(vidferry.downloads.get("job_1"))).toBeInstanceOf(TimeoutError);
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 5);
    const call = vidferry.downloads.get("job_1", { signal: abort.signal, timeoutMs: 50_000 });
    expect(await errorOf(call)).toEqual(new Error("enough"));
  });

  test("comes before any request when the signal has aborted already", async () => {
    const { vidferry, sent } = client([]);
    const signal = AbortSignal.abort(new Error("early"));
    expect(await errorOf(vidferry.downloads.get("job_1", { signal }))).toEqual(new Error("early"));
    expect(sent).toEqual([]);
  });
});
