import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { faultsOf } from "./observe/job-trace.ts";
import { type ReceivedSpan, spansOf } from "./observe/otlp.ts";
import { type Scene, setScene } from "./scene.ts";
import { startService } from "./service.ts";

const limitMs = 180_000;

/** Takes spans by OTLP as JSON, as a collector does. */
function startCollector() {
  const spans: ReceivedSpan[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      spans.push(...spansOf(await request.json()));
      return Response.json({});
    },
  });
  return { spans, url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
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

      expect(faultsOf(collector.spans, { traceId, spanId: "b7ad6b7169203331" }, id)).toEqual([]);
      const delivery = byName("webhook delivery");
      expect(received).toEqual([`00-${traceId}-${delivery?.spanId}-01`]);
      expect(delivery?.resource).toMatchObject({ "service.name": "vidferry" });

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
    "a collector whose name leads nowhere ends no process and no job",
    async () => {
      await using service = await startService(scene, {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.invalid:4318",
        OTEL_BSP_SCHEDULE_DELAY: "100",
      });
      const job = await service.run({
        url: scene.youtube.url("muxedOnly01"),
        output: { type: "audio", format: "best" },
      });
      expect(job.state).toBe("succeeded");
      await eventually(() => service.log().includes("traces cannot be delivered"), { timeoutMs: 60_000 });
      expect(await service.end("SIGTERM")).toBe(0);
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
        url: scene.youtube.url("muxedOnly01"),
        output: { type: "audio", format: "best" },
      });
      expect(job.state).toBe("succeeded");
      expect(await service.end("SIGTERM")).toBe(0);
    },
    limitMs,
  );
});
