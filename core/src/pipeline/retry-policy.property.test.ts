import { expect, test } from "bun:test";
import fc from "fast-check";
import { errorCodeNames, errorCodes } from "../errors/codes.ts";
import { decideRetry, type RetryInput } from "./retry-policy.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const start = Date.parse("2026-01-01T00:00:00Z");
const input: fc.Arbitrary<RetryInput> = fc
  .record({
    code: fc.constantFrom(...errorCodeNames),
    failures: fc.integer({ min: 1, max: 200 }),
    maxAttempts: fc.integer({ min: 1, max: 200 }),
    retryAt: fc.option(fc.integer({ min: start - 10 * dayMs, max: start + 20 * dayMs }).map((ms) => new Date(ms))),
    age: fc.integer({ min: 0, max: 10 * dayMs }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
    attempt: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ age, ...rest }) => ({ ...rest, createdAt: new Date(start), now: new Date(start + age) }));
const often = { numRuns: 2_000 };

/** The longest pause that a rule makes of itself. */
const longestMs = { backoff: 300_000, egress: hourMs, never: hourMs, "at-start": hourMs };
const untilAsked = ({ retryAt, now }: RetryInput) => (retryAt === null ? 0 : retryAt.getTime() - now.getTime());

test("a pause is a whole number of milliseconds, and no longer than the rule's longest or what the source asked for", () => {
  fc.assert(
    fc.property(input, (given) => {
      const { delayMs } = decideRetry(given);
      expect(Number.isSafeInteger(delayMs)).toBe(true);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      // A live stream is looked at a minute after its start.
      const asked = untilAsked(given) + 60_000;
      expect(delayMs).toBeLessThanOrEqual(Math.max(longestMs[errorCodes[given.code].retry], asked));
    }),
    often,
  );
});

test("nothing is tried again before the time that the source named", () => {
  fc.assert(
    fc.property(input, (given) => {
      const decision = decideRetry(given);
      if (decision.retry) expect(decision.delayMs).toBeGreaterThanOrEqual(untilAsked(given));
    }),
    often,
  );
});

test("what counts as a failure is never tried more often than the request allows", () => {
  fc.assert(
    fc.property(input, (given) => {
      const decision = decideRetry(given);
      if (decision.retry && decision.countsAsFailure) expect(given.failures).toBeLessThan(given.maxAttempts);
    }),
    often,
  );
});

test("a failure that counts is tried again after a positive pause, so that no job spins", () => {
  fc.assert(
    fc.property(input, (given) => {
      const decision = decideRetry(given);
      if (decision.retry) expect(decision.delayMs).toBeGreaterThanOrEqual(1_000);
    }),
    often,
  );
});

test("waiting that uses up no attempt ends: after a day, or after a hundred attempts", () => {
  fc.assert(
    fc.property(input, (given) => {
      const decision = decideRetry(given);
      if (!decision.retry || decision.countsAsFailure) return;
      expect(given.attempt).toBeLessThan(100);
      expect(given.now.getTime() - (given.retryAt ?? given.createdAt).getTime()).toBeLessThanOrEqual(dayMs);
    }),
    often,
  );
});

test("what can never succeed is given up, unless the source names a start after the job was submitted", () => {
  fc.assert(
    fc.property(input, (given) => {
      if (errorCodes[given.code].retry !== "never") return;
      const isAwaited = given.retryAt !== null && given.retryAt > given.createdAt;
      if (!isAwaited) expect(decideRetry(given)).toMatchObject({ retry: false, countsAsFailure: true });
    }),
    often,
  );
});

test("more failures never shorten the pause, and chance at most halves it", () => {
  fc.assert(
    fc.property(input, (given) => {
      const { retry } = errorCodes[given.code];
      if (retry !== "backoff" && retry !== "egress") return;
      const pause = (change: Partial<RetryInput>) =>
        decideRetry({ ...given, maxAttempts: 1_000, retryAt: null, ...change }).delayMs;
      expect(pause({ failures: given.failures + 1 })).toBeGreaterThanOrEqual(pause({}));
      expect(pause({ random: 0 }) * 2).toBe(pause({ random: 1 }));
      expect(pause({})).toBeWithin(pause({ random: 0 }), pause({ random: 1 }) + 1);
    }),
    often,
  );
});
