import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { newJobId, signalsConformance } from "@vidferry/testing/conformance";
import { missingService, startRedis, useService } from "@vidferry/testing/services";
import { Redis } from "ioredis";
import type { ControlSignal } from "../../jobs/signals.ts";
import { redisSignals } from "./signals.ts";

const missing = missingService("redis") !== undefined;

async function openSignals() {
  const url = await useService("redis");
  const prefix = `test-${crypto.randomUUID()}`;
  const signals = redisSignals({ url, prefix });
  const elsewhere = redisSignals({ url, prefix });
  return {
    signals,
    elsewhere,
    url,
    prefix,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([signals.close(), elsewhere.close()]);
    },
  };
}

if (!missing) signalsConformance({ describe, test, expect, name: "redis", create: openSignals });

describe.skipIf(missing)("redis signals", () => {
  test("passes over messages that it does not understand", async () => {
    await using opened = await openSignals();
    const redis = new Redis(opened.url);
    const heard: ControlSignal[] = [];
    opened.signals.listen((signal) => heard.push(signal));
    const signal = { type: "stop", jobId: newJobId() } as const;
    await eventually(async () => {
      await opened.signals.send(signal);
      return heard.length > 0;
    });
    const messages = ["", "{", "null", "7", '{"type":"dance"}', '{"type":"stop","jobId":"../x"}', '{"type":"drain"}'];
    for (const text of messages) await redis.publish(`${opened.prefix}:control`, text);
    const before = heard.length;
    await opened.signals.send(signal);
    await eventually(() => heard.length > before);
    expect(heard.every((each) => JSON.stringify(each) === JSON.stringify(signal))).toBe(true);
    redis.disconnect();
  });

  test("is heard again after Redis was restarted, and rejects nothing while it is away", async () => {
    await using server = await startRedis();
    const signals = redisSignals({ url: server.url });
    const heard: ControlSignal[] = [];
    signals.listen((signal) => heard.push(signal));
    const reaches = (signal: ControlSignal) =>
      eventually(
        async () => {
          await signals.send(signal);
          return heard.some((each) => JSON.stringify(each) === JSON.stringify(signal));
        },
        { timeoutMs: 60_000 },
      );
    await reaches({ type: "drain", host: "before" });
    await server.restart();
    await reaches({ type: "drain", host: "after" });
    await signals.close();
  });
});
