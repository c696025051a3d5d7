import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { playlistOf, probeRelayConformance } from "@vidferry/testing/conformance";
import { missingService, startRedis, useService } from "@vidferry/testing/services";
import { Redis } from "ioredis";
import { systemClock } from "../system/clock.ts";
import { probeKeys } from "./probe-keys.ts";
import { type RedisProbeRelayOptions, redisProbeRelay } from "./probe-relay.ts";
import { takeScript } from "./probe-scripts.ts";
import { runScript } from "./script.ts";

const missing = missingService("redis") !== undefined;
const never = new AbortController().signal;
const url = "https://www.youtube.com/watch?v=abcdefghijk";

/** Relays of several processes, as it were: each with connections of its own, all with the same keys. */
async function openRelays(options: Partial<RedisProbeRelayOptions> = {}) {
  const address = options.url ?? (await useService("redis"));
  const prefix = `test-${crypto.randomUUID()}`;
  const redis = new Redis(address);
  const relays: ReturnType<typeof redisProbeRelay>[] = [];
  return {
    redis,
    keys: () => redis.keys(`${prefix}:*`),
    open(own: Partial<RedisProbeRelayOptions> = {}) {
      const relay = redisProbeRelay({ prefix, clock: systemClock, ...options, ...own, url: address });
      relays.push(relay);
      return relay;
    },
    async takeAndDie() {
      const { waiting, base } = probeKeys(prefix);
      const args = [base, crypto.randomUUID(), options.holdMs ?? 300];
      return (await runScript(redis, takeScript, [waiting], args)) !== null;
    },
    async [Symbol.asyncDispose]() {
      for (const relay of relays) await relay.close();
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

if (!missing) probeRelayConformance({ describe, test, expect, name: "redis", create: openRelays });

describe.skipIf(missing)("redis probe relay", () => {
  test("a question leaves nothing behind, whether it was answered or not", async () => {
    await using opened = await openRelays({ takeWithinMs: 60_000 });
    const impatient = opened.open({ takeWithinMs: 50 });
    await expect(impatient.ask(url, { signal: never })).rejects.toMatchObject({ code: "unavailable" });
    opened.open().serve(async () => playlistOf(3));
    await opened.open().ask(url, { signal: never });
    expect(await opened.keys()).toEqual([]);
  });

  test("after Redis lost everything the question is asked again", async () => {
    await using redis = await startRedis();
    await using opened = await openRelays({ url: redis.url });
    const question = opened.open().ask(url, { signal: never });
    await eventually(async () => (await opened.keys()).length > 0);
    await opened.redis.flushall();
    opened.open().serve(async () => playlistOf(5));
    expect(await question).toEqual(playlistOf(5));
  });

  test("without Redis it says unavailable", async () => {
    const relay = redisProbeRelay({ url: "redis://127.0.0.1:1", clock: systemClock });
    await expect(relay.ask(url, { signal: never })).rejects.toMatchObject({ code: "unavailable" });
    await relay.close();
  });
});
