import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { defaultBreaker, gateFor, judge, type Outcome, verdictOf, withTrial } from "./breaker.ts";
import { nextUse, used, usedThisHour } from "./budget.ts";
import { chooseEgress, unchangedDirect } from "./choose-egress.ts";
import { type EgressCondition, freshCondition } from "./condition.ts";
import type { Egress } from "./egress.ts";
import { toEgressResource } from "./resource.ts";
import { hostEntry, isFor, siteOf } from "./site.ts";

const start = Date.UTC(2026, 0, 1);
const hour = 3_600_000;

describe("the budget of an egress", () => {
  test("is never exceeded in any hour, whenever the hour begins", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 20 * 60_000 }), { minLength: 1, maxLength: 120 }),
        (resolvesPerHour, pauses) => {
          const limits = { resolvesPerHour, spacingSeconds: 0 };
          let condition: EgressCondition = freshCondition;
          let now = start;
          const times: number[] = [];
          for (const pause of pauses) {
            now += pause;
            const at = nextUse(limits, condition, now);
            if (at > now) continue;
            condition = used(limits, condition, { at, now, random: 0 });
            times.push(at);
          }
          for (const at of times)
            expect(times.filter((time) => time >= at && time < at + hour).length).toBeLessThanOrEqual(resolvesPerHour);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("is free again at the time that it says, an hour and a minute after at the latest", () => {
    const limits = { resolvesPerHour: 2, spacingSeconds: 0 };
    let condition: EgressCondition = freshCondition;
    for (const now of [start, start + 60_000]) condition = used(limits, condition, { at: now, now, random: 0 });
    const until = nextUse(limits, condition, start + 120_000);
    expect(until).toBeGreaterThanOrEqual(start + hour);
    expect(until).toBeLessThanOrEqual(start + hour + 60_000);
    expect(nextUse(limits, condition, until)).toBe(until);
    expect(usedThisHour(condition, start + 120_000)).toBe(2);
    expect(usedThisHour(condition, start + 3 * hour)).toBe(0);
  });

  test("is spaced, with up to as long again at random", () => {
    const limits = { resolvesPerHour: null, spacingSeconds: 5 };
    const once = (random: number) => used(limits, freshCondition, { at: start, now: start, random });
    expect(nextUse(limits, once(0), start)).toBe(start + 5_000);
    expect(nextUse(limits, once(1), start)).toBe(start + 10_000);
    expect(nextUse(limits, once(0), start + 6_000)).toBe(start + 6_000);
  });

  test("does not stop for a clock that was a year ahead, and forgets no use when it is set back", () => {
    const limits = { resolvesPerHour: 3, spacingSeconds: 2 };
    let condition: EgressCondition = freshCondition;
    const ahead = start + 365 * 24 * hour;
    for (let uses = 0; uses < 3; uses += 1) condition = used(limits, condition, { at: ahead, now: ahead, random: 0 });
    expect(usedThisHour(condition, start)).toBe(3);
    const until = nextUse(limits, condition, start);
    expect(until).toBeLessThanOrEqual(start + hour + 2 * 60_000);
    expect(nextUse({ ...limits, resolvesPerHour: null }, condition, start)).toBeLessThan(start + 30_000);
  });
});

describe("the breaker of an egress", () => {
  const options = defaultBreaker;
  const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
    ...{ site: "youtube.com", link: "a", verdict: "refused", code: "bot_check", detail: "bot_check" },
    ...{ retryAt: null, token: null, patience: 1 },
    ...changes,
  });
  const refuse = (condition: EgressCondition, now: number, changes: Partial<Outcome> = {}) =>
    judge(condition, outcome(changes), now, options).condition;
  const gate = (condition: EgressCondition, now: number, site = "youtube.com") =>
    gateFor(condition, site, now, options);

  test("holds it back from the site that refused, for longer each time, until it is blocked", () => {
    let condition = refuse(freshCondition, start);
    expect(gate(condition, start)).toMatchObject({ kind: "held", until: start + 60_000 });
    expect(gate(condition, start, "vimeo.com")).toEqual({ kind: "open" });
    const tried = (now: number, token: string) =>
      judge(withTrial(condition, ["youtube.com"], { token, until: now + 1 }), outcome({ token }), now, options);
    const second = tried(start + 60_000, "one");
    expect(second).toMatchObject({ blocked: false });
    condition = second.condition;
    expect(gate(condition, start + 60_000)).toMatchObject({ kind: "held", until: start + 300_000 });
    const third = tried(start + 300_000, "two");
    expect(third).toMatchObject({ blocked: true });
    condition = third.condition;
    expect(gate(condition, start + 300_000)).toMatchObject({ kind: "held", until: start + 300_000 + hour });
    expect(tried(start + 2 * hour, "three").blocked).toBe(false);
  });

  test("lets one trial at a time through, and opens with its success", () => {
    const condition = refuse(freshCondition, start);
    const now = start + 60_000;
    expect(gate(condition, now)).toEqual({ kind: "trial", sites: ["youtube.com"] });
    const half = withTrial(condition, ["youtube.com"], { token: "mine", until: now + 60_000 });
    expect(gate(half, now + 1)).toMatchObject({ kind: "held", until: now + 60_000 });
    // Whoever had it is gone.
    expect(gate(half, now + 60_000)).toMatchObject({ kind: "trial" });
    const success = judge(half, outcome({ verdict: "taken", token: "mine" }), now + 10, options);
    expect(success).toEqual({ condition: freshCondition, blocked: false, recovered: true });
    const unclear = judge(half, outcome({ verdict: "unclear", token: "mine" }), now + 10, options);
    expect(gate(unclear.condition, now + 10)).toMatchObject({ kind: "trial" });
  });

  test("is not opened by what began before it was held back, nor made worse", () => {
    const condition = refuse(freshCondition, start);
    expect(judge(condition, outcome({ verdict: "taken" }), start + 1, options).condition).toBe(condition);
    expect(gate(refuse(condition, start + 1, { link: "b" }), start + 1)).toMatchObject({ until: start + 60_000 });
  });

  test("waits as long as the source asked, within reason", () => {
    const asked = refuse(freshCondition, start, { code: "rate_limited", retryAt: start + 2 * hour });
    expect(gate(asked, start)).toMatchObject({ until: start + 2 * hour });
    const absurd = refuse(freshCondition, start, { retryAt: start + 1_000 * hour });
    expect(gate(absurd, start)).toMatchObject({ until: start + 24 * hour });
  });

  test("is patient where it is told to be: with different links in a row, not with one again and again", () => {
    const patient = (condition: EgressCondition, link: string) => refuse(condition, start, { link, patience: 3 });
    let condition = freshCondition;
    for (const link of ["a", "a", "b", "a"]) condition = patient(condition, link);
    expect(gate(condition, start)).toEqual({ kind: "open" });
    const cleared = judge(condition, outcome({ verdict: "taken" }), start, options);
    expect(cleared).toEqual({ condition: freshCondition, blocked: false, recovered: false });
    expect(gate(patient(condition, "c"), start)).toMatchObject({ kind: "held" });
  });

  test("of a proxy that fails holds it back from every site", () => {
    const condition = refuse(freshCondition, start, { code: "proxy", detail: "it cannot be connected to" });
    expect(gate(condition, start, "vimeo.com")).toMatchObject({ kind: "held" });
  });

  test("does not hold for ever after a clock that was set back", () => {
    const condition = refuse(freshCondition, start + 365 * 24 * hour);
    const held = gate(condition, start);
    expect(held.kind === "held" && held.until).toBeLessThanOrEqual(start + 24 * hour);
  });

  test("knows an answer of the source from a refusal, and from what says nothing", () => {
    expect([null, "video_private", "too_long"].map((code) => verdictOf(code as "too_long"))).toEqual(
      Array(3).fill("taken"),
    );
    for (const code of ["bot_check", "rate_limited", "login_required"] as const)
      expect(verdictOf(code)).toBe("refused");
    for (const code of ["network_error", "source_forbidden", "internal_error"] as const)
      expect(verdictOf(code)).toBe("unclear");
  });
});

describe("the choice of an egress", () => {
  const now = new Date(start);
  let serial = 0;
  const egress = (changes: Partial<Egress> = {}): Egress => {
    serial += 1;
    const id = `egr_${serial.toString(16).padStart(32, "0")}` as const;
    return { ...unchangedDirect(now), ...{ id, name: `e${serial}`, spacingSeconds: 0 }, ...changes };
  };
  const choose = (egresses: readonly Egress[], wanted: Partial<Parameters<typeof chooseEgress>[1]> = {}) =>
    chooseEgress(
      { now, egresses },
      { site: "youtube.com", name: null, not: [], ...wanted },
      { breaker: defaultBreaker, random: 0, token: "token" },
    );
  const nameOf = (choice: ReturnType<typeof choose>) => (choice.kind === "take" ? choice.egress.name : choice);
  const heldBack = judge(
    freshCondition,
    {
      ...{ site: "youtube.com", link: "a", verdict: "refused", code: "bot_check", detail: "" },
      ...{ retryAt: null, token: null, patience: 1 },
    },
    start,
    defaultBreaker,
  ).condition;

  test("takes the one that spares the source a question, where that is free now or soon", () => {
    const [one, other] = [egress({ spacingSeconds: 5 }), egress()];
    const resting = used(one, one.condition, { at: start, now: start, random: 0 });
    const preferred = { preferred: [one.name] };
    expect(nameOf(choose([one, other], { preferred: [other.name] }))).toBe(other.name);
    expect(nameOf(choose([{ ...one, condition: resting }, other]))).toBe(other.name);
    expect(choose([{ ...one, condition: resting }, other], preferred)).toMatchObject({
      ...{ kind: "take", egress: { name: one.name }, at: start + 5_000 },
    });
    expect(nameOf(choose([{ ...one, condition: heldBack }, other], preferred))).toBe(other.name);
    expect(nameOf(choose([{ ...one, enabled: false }, other], preferred))).toBe(other.name);
  });

  test("takes the built-in one while there is no other for the site", () => {
    expect(nameOf(choose([]))).toBe("direct");
    expect(nameOf(choose([egress({ hosts: ["vimeo.com"] })]))).toBe("direct");
    const [own] = [egress({ hosts: ["youtube.com"] })];
    expect(nameOf(choose([own]))).toBe(own.name);
    expect(choose([own], { not: [own.name] })).toMatchObject({ kind: "wait", until: null });
    expect(nameOf(choose([own], { name: "direct" }))).toBe("direct");
  });

  test("takes the one that has rested longest, of those that the name or the pool leaves", () => {
    const rested = egress({ pool: "homes", condition: { ...freshCondition, usedAt: 1 } });
    const busy = egress({ pool: "homes", condition: { ...freshCondition, usedAt: 2 } });
    expect(nameOf(choose([busy, rested]))).toBe(rested.name);
    expect(nameOf(choose([busy, rested], { name: busy.name }))).toBe(busy.name);
    expect(nameOf(choose([busy, rested], { name: "homes", not: [rested.name] }))).toBe(busy.name);
    expect(choose([busy], { name: "nobody" })).toMatchObject({ kind: "none" });
  });

  test("goes past those that are held back or disabled, and says what it waits for when there are no others", () => {
    const held = egress({ condition: heldBack });
    const free = egress();
    expect(nameOf(choose([held, free]))).toBe(free.name);
    expect(choose([held])).toMatchObject({
      ...{ kind: "wait", until: start + 60_000 },
      detail: `The egress ${held.name} is held back: youtube.com takes it for a bot.`,
    });
    expect(nameOf(choose([held], { site: "vimeo.com" }))).toBe(held.name);
    expect(choose([egress({ enabled: false })])).toMatchObject({ kind: "wait", until: null });
  });

  test("reserves a use a little ahead, so that those who wait come one after the other", () => {
    const paced = egress({ spacingSeconds: 3, condition: { ...freshCondition, nextAt: start + 4_000 } });
    const first = choose([paced]);
    expect(first).toMatchObject({ kind: "take", at: start + 4_000, condition: { nextAt: start + 7_000 } });
    const far = egress({ spacingSeconds: 30, condition: { ...freshCondition, nextAt: start + 20_000 } });
    expect(choose([far])).toMatchObject({ kind: "wait", until: start + 20_000 });
  });

  test("shows no secret", () => {
    const shown = toEgressResource(egress({ proxy: "v1.sealed", condition: heldBack }), now, defaultBreaker);
    expect(shown).toMatchObject({
      state: "cooling",
      reason: "youtube.com takes it for a bot (bot_check).",
      proxy: { present: true },
    });
    expect(JSON.stringify(shown)).not.toContain("sealed");
  });
});

describe("the site of a link", () => {
  test("is one for all of YouTube, and else the host", () => {
    for (const url of [
      "https://youtu.be/x",
      "https://m.youtube.com/watch?v=x",
      "https://www.youtube-nocookie.com/embed/x",
    ])
      expect(siteOf(url)).toBe("youtube.com");
    expect(siteOf("https://www.vimeo.com/1")).toBe("vimeo.com");
    expect(siteOf("http://127.0.0.1:8000/a.mp4")).toBe("127.0.0.1");
    expect(siteOf("nonsense")).toBe("unknown");
  });

  test("is one of the hosts, or under one", () => {
    expect([isFor([], "a.b"), isFor(["vimeo.com"], "player.vimeo.com"), isFor(["vimeo.com"], "notvimeo.com")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([hostEntry("WWW.YouTube.com"), hostEntry("youtu.be"), hostEntry("a b")]).toEqual([
      "youtube.com",
      "youtube.com",
      null,
    ]);
  });
});
