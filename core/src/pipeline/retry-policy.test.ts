import { describe, expect, test } from "bun:test";
import { errorCodeNames, errorCodes } from "../errors/codes.ts";
import { decideRetry } from "./retry-policy.ts";

const now = new Date("2026-11-23T10:00:00Z");
const decide = (input: Partial<Parameters<typeof decideRetry>[0]>) =>
  decideRetry({
    code: "network_error",
    failures: 1,
    maxAttempts: 3,
    retryAt: null,
    now,
    random: 1,
    createdAt: now,
    attempt: 1,
    ...input,
  });

describe("the retry policy", () => {
  test.each(errorCodeNames.filter((code) => errorCodes[code].retry === "never"))("%s is never tried again", (code) => {
    expect(decide({ code }).retry).toBe(false);
  });

  test("passing failures are tried again until the attempts are used up", () => {
    expect([1, 2, 3].map((failures) => decide({ failures }).retry)).toEqual([true, true, false]);
  });

  test("pauses double, up to a limit, and differ from job to job", () => {
    const pause = (failures: number, random = 1) => decide({ failures, maxAttempts: 99, random }).delayMs;
    expect([1, 2, 3].map((failures) => pause(failures))).toEqual([2_000, 4_000, 8_000]);
    expect(pause(30)).toBe(300_000);
    expect(pause(3, 0)).toBe(4_000);
  });

  test("a limited egress is left alone for a minute at least", () => {
    expect(decide({ code: "bot_check", random: 0 }).delayMs).toBeGreaterThanOrEqual(30_000);
    expect(decide({ code: "rate_limited", random: 1 }).delayMs).toBe(60_000);
  });

  test("the source's own word on when to come back is kept", () => {
    const retryAt = new Date(now.getTime() + 600_000);
    expect(decide({ code: "rate_limited", retryAt }).delayMs).toBe(600_000);
  });

  const hourMs = 3_600_000;
  const after = (ms: number) => new Date(now.getTime() + ms);

  test("a stream is looked at a minute after its start, and that uses up no attempt", () => {
    expect(decide({ code: "live_not_started", retryAt: after(hourMs), failures: 9 })).toEqual({
      retry: true,
      delayMs: hourMs + 60_000,
      countsAsFailure: false,
    });
  });

  test("one that is late, or that tells no start, is looked at less and less often, for a day", () => {
    const late = (ms: number) => decide({ code: "live_not_started", retryAt: now, now: after(ms), failures: 9 });
    expect([0, 10 * 60_000, 10 * hourMs].map((ms) => late(ms).delayMs)).toEqual([60_000, 300_000, hourMs]);
    expect(late(25 * hourMs).retry).toBe(false);
    const unknown = (ms: number) => decide({ code: "live_not_started", now: after(ms) });
    expect([unknown(0).retry, unknown(hourMs).delayMs, unknown(25 * hourMs).retry]).toEqual([true, hourMs / 2, false]);
  });

  test("one that is recorded is looked at when it starts, and often from then on", () => {
    const late = (ms: number) =>
      decide({ code: "live_not_started", retryAt: now, now: after(ms), failures: 9, recordsLive: true });
    expect([-hourMs, 0, 10 * 60_000, 10 * hourMs].map((ms) => late(ms).delayMs)).toEqual([
      hourMs,
      15_000,
      60_000,
      300_000,
    ]);
    expect(late(25 * hourMs).retry).toBe(false);
    // On air before it was looked at, by a worker that records nothing: what is waited for is the recording of the source.
    const onAir = {
      code: "live_not_supported",
      retryAt: after(hourMs),
      now: after(2 * hourMs),
      recordsLive: true,
    } as const;
    expect(decide(onAir).delayMs).toBe(hourMs / 2);
  });

  test("a start that is put off for ever is given up", () => {
    const retryAt = after(300_000);
    expect(decide({ code: "live_not_started", retryAt, attempt: 99 }).retry).toBe(true);
    expect(decide({ code: "live_not_started", retryAt, attempt: 100 }).retry).toBe(false);
  });

  test("a job from before the start waits for the recording; one from after it is refused at once", () => {
    const codes = ["live_not_supported", "video_removed"] as const;
    for (const code of codes) {
      const onAir = { code, now: after(2 * hourMs), retryAt: after(hourMs) };
      expect(decide(onAir)).toEqual({ retry: true, delayMs: hourMs / 2, countsAsFailure: false });
      expect(decide({ ...onAir, createdAt: after(1.5 * hourMs) }).retry).toBe(false);
      expect(decide({ ...onAir, now: after(26 * hourMs) }).retry).toBe(false);
    }
  });
});
