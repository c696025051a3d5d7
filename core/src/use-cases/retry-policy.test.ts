import { describe, expect, test } from "bun:test";
import { errorCodeNames, errorCodes } from "../errors/codes.ts";
import { decideRetry } from "./retry-policy.ts";

const now = new Date("2026-11-23T10:00:00Z");
const decide = (input: Partial<Parameters<typeof decideRetry>[0]>) =>
  decideRetry({ code: "network_error", failures: 1, maxAttempts: 3, retryAt: null, now, random: 1, ...input });

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

  test("a stream is waited for until a minute after its start, however many attempts that takes", () => {
    const retryAt = new Date(now.getTime() + 3_600_000);
    expect(decide({ code: "live_not_started", retryAt, failures: 9 })).toEqual({ retry: true, delayMs: 3_660_000 });
    expect(decide({ code: "live_not_started", retryAt: now, failures: 3 }).retry).toBe(false);
    expect(decide({ code: "live_not_started" }).retry).toBe(false);
  });
});
