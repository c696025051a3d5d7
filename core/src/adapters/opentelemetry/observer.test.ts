import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { AppError } from "../../errors/app-error.ts";
import { createTelemetry } from "../../telemetry/observer.ts";
import { createTraceObserver } from "./observer.ts";
import { readTraceparent } from "./traceparent.ts";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const telemetry = createTelemetry([createTraceObserver(provider.getTracer("test"))], (error) => {
  throw error;
});

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
const named = (name: string): ReadableSpan => {
  const found = spans().find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans().map((span) => span.name)}`);
  return found;
};
const request = { method: "POST", requestId: "req_1", traceparent: null, linkedTraceparent: null };
const answer = { route: "/api/v1/downloads", status: 202, routine: false, client: "192.0.2.1", keyId: null };
const attempt = (traceparent: string | null, number = 1) =>
  ({ jobId: "job_1", attempt: number, requestId: "req_1", traceparent, waitedSeconds: 0.5 }) as const;
const resolve = { step: "resolve", stage: "resolving" } as const;

describe("traces", () => {
  test("lead from a client's trace through the request and the queue to the steps and children of an attempt", async () => {
    const theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let job: string | null = null;
    await telemetry.during("request", { ...request, traceparent: theirs }, async (note) => {
      job = telemetry.traceparent();
      note(answer);
    });
    await telemetry.during("attempt", attempt(job), async (note) => {
      await telemetry.during("step", resolve, async () => {
        await telemetry.during("child", { program: "ffprobe" }, async (end) =>
          end({ exitCode: 0, signal: null, stoppedBy: null }),
        );
      });
      note({ outcome: "succeeded", files: 1 });
    });
    const chain = ["POST /api/v1/downloads", "attempt", "step resolve", "ffprobe"].map(named);
    expect(chain.map((span) => span.spanContext().traceId)).toEqual(
      chain.map(() => "0af7651916cd43dd8448eb211c80319c"),
    );
    const parents = ["b7ad6b7169203331", ...chain.map((span) => span.spanContext().spanId)].slice(0, -1);
    expect(chain.map((span) => span.parentSpanContext?.spanId)).toEqual(parents);
    expect(named("attempt").attributes).toMatchObject({
      "vidferry.job.id": "job_1",
      "vidferry.attempt.outcome": "succeeded",
    });
    expect(named("POST /api/v1/downloads").attributes).toMatchObject({ "http.response.status_code": 202 });
    // What tells of a person stays out.
    expect(JSON.stringify(spans().map((span) => span.attributes))).not.toContain("192.0.2.1");
  });

  test("link a later attempt to what made the job, and say why an attempt failed", async () => {
    const origin = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await telemetry.during("attempt", attempt(origin, 2), async (note) =>
      note({ outcome: "retried", code: "network_error" }),
    );
    expect(named("attempt").links.map((link) => link.context.spanId)).toEqual(["b7ad6b7169203331"]);
    expect(named("attempt").status).toEqual({ code: SpanStatusCode.ERROR, message: "network_error" });
  });

  test("begin anew for a caller who is not trusted, whose own is linked", async () => {
    const theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    await telemetry.during("request", { ...request, linkedTraceparent: theirs }, async (note) => note(answer));
    const span = named("POST /api/v1/downloads");
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).not.toBe("0af7651916cd43dd8448eb211c80319c");
    expect(span.links).toMatchObject([
      { context: { spanId: "b7ad6b7169203331" }, attributes: { "vidferry.link": "caller" } },
    ]);
  });

  test("begin anew where nothing was traced before, whatever runs around", async () => {
    await telemetry.during("step", resolve, () => telemetry.during("attempt", attempt(null), async () => undefined));
    expect(named("attempt").parentSpanContext).toBeUndefined();
  });

  test("name an error by its code, and never by its message", async () => {
    const secret = new AppError("storage_error", "s3cret in a message");
    await telemetry.during("step", resolve, () => Promise.reject(secret)).catch(() => undefined);
    await telemetry
      .during("child", { program: "ffmpeg" }, () => Promise.reject(new TypeError("s3cret")))
      .catch(() => undefined);
    expect(spans().map((span) => span.attributes["error.type"])).toEqual(["storage_error", "TypeError"]);
    expect(JSON.stringify(spans().map(({ attributes, status, events }) => [attributes, status, events]))).not.toContain(
      "s3cret",
    );
  });

  test("leave out what happens all the time for nothing: monitors, empty claims, maintenance that did its work", async () => {
    await telemetry.during("request", request, async (note) => note({ ...answer, route: "/livez", routine: true }));
    await telemetry.during("claim", { most: 2 }, async (note) => note({ jobs: 0 }));
    await telemetry.during("task", { task: "due-jobs" }, async () => undefined);
    expect(spans()).toEqual([]);
    await telemetry.during("claim", { most: 2 }, async (note) => note({ jobs: 1 }));
    await telemetry.during("task", { task: "due-jobs" }, () => Promise.reject(new Error("no"))).catch(() => undefined);
    expect(spans().map(({ name }) => name)).toEqual(["claim", "maintenance due-jobs"]);
  });

  test("mark what a source refused on what it was refused to", async () => {
    await telemetry.during("step", resolve, async () => {
      telemetry.happened("egress-refused", { egress: "direct", purpose: "attempt", code: "bot_check" });
    });
    expect(named("step resolve").events).toMatchObject([{ name: "egress-refused", attributes: { code: "bot_check" } }]);
  });

  test("give nothing on outside of an operation", () => {
    expect(trace.getActiveSpan()).toBeUndefined();
    expect(telemetry.traceparent()).toBeNull();
  });
});

test.each([
  [null, false],
  ["", false],
  ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true],
  [" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00 ", true],
  ["01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", true],
  ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", false],
  ["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false],
  ["00-00000000000000000000000000000000-b7ad6b7169203331-01", false],
  [`00-${"0".repeat(100_000)}`, false],
])("%p as a header traceparent is understood: %p", (header, isOne) => {
  expect(readTraceparent(header) !== null).toBe(isOne);
});
