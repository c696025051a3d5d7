import { describe, expect, test } from "bun:test";
import { createMemoryTelemetry } from "@vidferry/core/system";
import { eventually } from "@vidferry/testing";
import { createHarness } from "../testing/harness.ts";
import { startHarness } from "../testing/live-server.ts";
import { idOf } from "../testing/samples.ts";

describe("what the API tells of itself", () => {
  test("is the pattern of a path, never the path, and no path at all where there is no pattern", async () => {
    const telemetry = createMemoryTelemetry();
    const { send } = createHarness({ telemetry });
    await send("GET", `/api/v1/downloads/${idOf("job", 7)}?token=secret`);
    await send("GET", "/api/v1/nothing/like/this?token=secret");
    await send("PUT", "/api/v1/downloads");
    await send("GET", "/livez");
    const told = telemetry.ended("request");
    expect(told.map(({ method, route, status, routine }) => [method, route, status, routine])).toEqual([
      ["GET", "/api/v1/downloads/:id", 404, false],
      ["GET", "unmatched", 404, false],
      ["PUT", "/api/v1/downloads", 405, false],
      ["GET", "/livez", 200, true],
    ]);
    expect(told.at(-1)).toMatchObject({ traceparent: null, requestId: expect.stringMatching(/^req_/) });
    expect(JSON.stringify(told)).not.toMatch(/secret|like\/this|job_/);
  });

  test("is a caller's trace only where the caller is trusted, and else a link to it", async () => {
    const telemetry = createMemoryTelemetry();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const proxies = { trustedProxies: ["192.0.2.1"], traceparentFrom: ["10.0.0.0/8"] };
    const { app } = createHarness({ telemetry, config: proxies });
    const ask = (address: string, headers: Record<string, string> = {}) =>
      app.request("http://127.0.0.1/livez", { headers: { traceparent, ...headers } }, { address });
    await ask("127.0.0.1");
    await ask("10.1.2.3");
    await ask("192.0.2.1", { "X-Forwarded-For": "10.1.2.3" });
    await ask("203.0.113.9");
    await ask("203.0.113.9", { "X-Forwarded-For": "10.1.2.3" });
    await ask("192.0.2.1", { "X-Forwarded-For": "10.1.2.3, 203.0.113.9" });
    await ask("127.0.0.1", { "X-Forwarded-For": "10.1.2.3" });
    const continued = { traceparent, linkedTraceparent: null };
    const linked = { traceparent: null, linkedTraceparent: traceparent };
    expect(telemetry.ended("request")).toMatchObject([...Array(3).fill(continued), ...Array(4).fill(linked)]);
  });

  test("is each stream for as long as it is open", async () => {
    const telemetry = createMemoryTelemetry();
    const { url, service } = await startHarness({ telemetry });
    const never = Promise.withResolvers<void>();
    service.onFollowAll = async function* follow(_owner, { signal }) {
      signal.addEventListener("abort", () => never.resolve(), { once: true });
      await never.promise;
    };
    const leave = new AbortController();
    const response = await fetch(`${url}/api/v1/events`, { signal: leave.signal });
    expect(response.status).toBe(200);
    expect(telemetry.running("stream")).toBe(1);
    leave.abort();
    await eventually(() => telemetry.running("stream") === 0);
    expect(telemetry.ended("stream")).toMatchObject([{ transport: "sse" }]);
  });
});
