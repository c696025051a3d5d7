import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { z } from "zod";
import { type Scene, setScene } from "./scene.ts";
import { startService } from "./service.ts";

const limitMs = 180_000;

const Value = z.object({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() });
const Attributes = z
  .array(z.object({ key: z.string(), value: Value }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? value.intValue])));
const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: Attributes,
});
type Span = z.infer<typeof Span>;
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});

/** Takes spans by OTLP as JSON, as a collector does. */
function startCollector() {
  const spans: Span[] = [];
  const resources: Record<string, unknown>[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      for (const { resource, scopeSpans } of Export.parse(await request.json()).resourceSpans) {
        resources.push(resource.attributes);
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      return Response.json({});
    },
  });
  return { spans, resources, url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ env: { LOG_LEVEL: "info" } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose](), limitMs);

describe("traces", () => {
  test(
    "one leads from the request over the queue to the attempt, its steps, its children and the webhook of its end",
    async () => {
      await using collector = startCollector();
      const received: (string | null)[] = [];
      await using receiver = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: (request) => {
          received.push(request.headers.get("traceparent"));
          return new Response();
        },
      });
      await using service = await startService(scene, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_BSP_SCHEDULE_DELAY: "200",
        ALLOW_PRIVATE_HOSTS: `127.0.0.1:${receiver.port}`,
      });
      const traceId = "0af7651916cd43dd8448eb211c80319c";
      const body = {
        url: scene.youtube.url("sampleVid01"),
        output: { type: "audio", format: "best" },
        webhookUrl: `http://127.0.0.1:${receiver.port}/`,
      };
      const answer = await fetch(`${service.url}/api/v1/downloads`, {
        method: "POST",
        headers: { "content-type": "application/json", traceparent: `00-${traceId}-b7ad6b7169203331-01` },
        body: JSON.stringify(body),
      });
      const { id } = (await answer.json()) as { readonly id: string };
      expect((await service.finished(id)).state).toBe("succeeded");
      const byName = (name: string) => collector.spans.find((span) => span.name === name);
      await eventually(() => byName("webhook delivery") !== undefined && byName("attempt") !== undefined, {
        timeoutMs: 60_000,
        message: "the spans of the attempt and of its webhook",
      });

      const request = byName("POST /api/v1/downloads");
      expect(request).toMatchObject({ traceId, parentSpanId: "b7ad6b7169203331" });
      const attempt = byName("attempt");
      expect(attempt).toMatchObject({ traceId, parentSpanId: request?.spanId, attributes: { "vidferry.job.id": id } });
      const steps = collector.spans.filter(({ name }) => name.startsWith("step "));
      expect(steps.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["step resolve", "step verify", "step store"]),
      );
      for (const step of steps) expect(step).toMatchObject({ traceId });
      expect(byName("step resolve")?.parentSpanId).toBe(attempt?.spanId ?? "");
      const children = collector.spans.filter(({ attributes }) => attributes["process.executable.name"] !== undefined);
      expect(children.length).toBeGreaterThan(0);
      expect(new Set(children.map((child) => child.traceId))).toEqual(new Set([traceId]));
      const delivery = byName("webhook delivery");
      expect(delivery).toMatchObject({ traceId, parentSpanId: request?.spanId });
      expect(received).toEqual([`00-${traceId}-${delivery?.spanId}-01`]);
      expect(collector.resources[0]).toMatchObject({ "service.name": "vidferry" });

      // The log leads to the trace, and the trace tells nothing of what was asked for.
      const lines = service
        .log()
        .split("\n")
        .filter((line) => line.includes(traceId));
      for (const message of ["request", "job running", "job succeeded"]) {
        expect(lines.some((line) => line.includes(`"${message}"`))).toBe(true);
      }
      expect(JSON.stringify(collector)).not.toMatch(/sampleVid01|watch\?v=/);
      await service.end("SIGTERM");
    },
    limitMs,
  );

  test(
    "a collector that hangs costs no job and delays no end",
    async () => {
      await using hanging = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: () => new Promise<Response>(() => undefined),
      });
      await using service = await startService(scene, {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${hanging.port}`,
        OTEL_BSP_SCHEDULE_DELAY: "100",
      });
      const job = await service.run({
        url: scene.youtube.url("sampleVid01"),
        output: { type: "audio", format: "best" },
      });
      expect(job.state).toBe("succeeded");
      expect(await service.end("SIGTERM")).toBe(0);
    },
    limitMs,
  );
});
