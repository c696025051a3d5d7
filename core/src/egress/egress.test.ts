import { describe, expect, test } from "bun:test";
import { createServiceFixture, fixedEgress, roomyLimits } from "@vidferry/testing";
import { createSilentLogger } from "../adapters/system/index.ts";
import { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { probeThrough } from "../sources/probe-link.ts";
import { directEgress } from "./direct-egress.ts";
import { egressClassOf } from "./egress-class.ts";
import { type Egresses, type EgressLease, type EgressUse, NoEgressNow } from "./egresses.ts";
import { withEgress } from "./with-egress.ts";

/** Egresses that note what happens to their leases. */
function notingEgresses() {
  const notes: unknown[] = [];
  const egresses: Egresses = {
    lease: async ({ url, purpose, not = [] }) => {
      if (not.length > 0) throw new NoEgressNow("There is no other.", null);
      notes.push([purpose, url]);
      return {
        ...fixedEgress({ proxyUrl: "http://127.0.0.1:9" }),
        report: ({ code }) => void notes.push(["report", code]),
        release: async () => void notes.push("release"),
      };
    },
  };
  return { egresses, notes };
}

const url = "https://www.youtube.com/watch?v=sample00001";
const use = (signal = new AbortController().signal): EgressUse => ({ url, purpose: "probe", signal });

describe("work through an egress", () => {
  test("tells the egress that the source answered well, and lets go of it", async () => {
    const { egresses, notes } = notingEgresses();
    expect(await withEgress(egresses, use(), async ({ proxyUrl }) => proxyUrl)).toBe("http://127.0.0.1:9");
    expect(notes).toEqual([["probe", url], ["report", null], "release"]);
  });

  test("tells the egress what the source refused with, and lets go of it", async () => {
    const { egresses, notes } = notingEgresses();
    const refusal = new AppError("bot_check");
    await expect(withEgress(egresses, use(), () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(notes).toEqual([["probe", url], ["report", "bot_check"], "release"]);
  });

  test("says nothing of work that was given up, and lets go of the egress", async () => {
    const { egresses, notes } = notingEgresses();
    const giveUp = new AbortController();
    const work = withEgress(egresses, use(giveUp.signal), async () => {
      giveUp.abort(new Error("enough"));
      giveUp.signal.throwIfAborted();
    });
    await expect(work).rejects.toThrow("enough");
    expect(notes).toEqual([["probe", url], "release"]);
  });

  test("is what an attempt does, for its link", async () => {
    const { egresses, notes } = notingEgresses();
    let blocked = true;
    const resolve = async () => {
      if (blocked) throw new AppError("rate_limited");
      return {};
    };
    await using fixture = await createServiceFixture({ resolve }, { egresses });
    const { signal } = new AbortController();
    const options = { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal };
    const job = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(job), options);
    expect(notes).toEqual([["attempt", job.request.url], ["report", "rate_limited"], "release"]);
    notes.length = 0;
    blocked = false;
    const other = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(other), options);
    expect(notes).toEqual([["attempt", job.request.url], ["report", null], "release"]);
  });

  test("is what a look at a link does", async () => {
    const { egresses, notes } = notingEgresses();
    await using fixture = await createServiceFixture({}, { egresses });
    const probe = probeThrough(fixture.deps);
    expect(await probe(url, { signal: new AbortController().signal })).toMatchObject({ kind: "video" });
    expect(notes).toEqual([["probe", url], ["report", null], "release"]);
  });
});

describe("work that an egress cannot do", () => {
  /** Egresses with these names, one after the other, of which those that are bad are refused with a code. */
  function several(bad: Readonly<Record<string, ErrorCode | "proxy">>, ...names: readonly string[]) {
    const reports: unknown[] = [];
    const egresses: Egresses = {
      lease: async ({ not = [] }) => {
        const egress = names.find((name) => !not.includes(name));
        if (egress === undefined) throw new NoEgressNow("None is left.", new Date(5_000));
        return {
          ...{ egress, proxyUrl: "http://127.0.0.1:9", cookies: null },
          proxyFailure: () => (bad[egress] === "proxy" ? "it cannot be connected to" : null),
          report: ({ code }) => void reports.push([egress, code]),
          release: async () => void reports.push([egress, "released"]),
        };
      },
    };
    let moves = 0;
    const work = async ({ egress }: EgressLease) => {
      const code = bad[egress];
      if (code !== undefined) throw new AppError(code === "proxy" ? "network_error" : code);
      return egress;
    };
    const run = () =>
      withEgress(egresses, use(), work, async () => {
        moves += 1;
      });
    return { run, reports, moves: () => moves };
  }

  test("goes on through the next one at once, until one is taken", async () => {
    const { run, reports, moves } = several({ a: "bot_check", b: "proxy" }, "a", "b", "c");
    expect(await run()).toBe("c");
    expect(reports).toEqual([
      ...[
        ["a", "bot_check"],
        ["a", "released"],
        ["b", "network_error"],
        ["b", "released"],
      ],
      ...[
        ["c", null],
        ["c", "released"],
      ],
    ]);
    expect(moves()).toBe(2);
  });

  test("fails with what the last one was told when each has had its turn, and when it is worth trying again", async () => {
    const { run } = several({ a: "bot_check", b: "rate_limited" }, "a", "b");
    await expect(run()).rejects.toMatchObject({ code: "rate_limited", retryAt: new Date(5_000) });
  });

  test("names the proxy that failed, and not its address", async () => {
    const { run } = several({ a: "proxy" }, "a");
    const message = "The proxy of the egress a failed: it cannot be connected to.";
    await expect(run()).rejects.toMatchObject({ code: "network_error", message });
  });

  test("is not tried elsewhere when the video is the reason", async () => {
    const { run, reports } = several({ a: "video_private" }, "a", "b");
    await expect(run()).rejects.toMatchObject({ code: "video_private" });
    expect(reports).toEqual([
      ["a", "video_private"],
      ["a", "released"],
    ]);
  });

  test("is tried once more with cookies where those are held ready, and only then", async () => {
    const jar = { copyInto: () => Promise.reject(new Error("not asked for")) };
    const lease: EgressLease = {
      ...fixedEgress({ proxyUrl: "http://127.0.0.1:9" }),
      withCookies: () => ({
        ...fixedEgress({ proxyUrl: "http://127.0.0.1:9" }),
        cookies: jar,
        report: (answer) => void signedIn.push(answer.code),
      }),
    };
    const signedIn: (string | null)[] = [];
    const classes: string[] = [];
    const egresses: Egresses = { lease: async () => lease };
    const age = async (egress: EgressLease) => {
      classes.push(egressClassOf(egress));
      if (egress.cookies === null) throw new AppError("age_restricted");
    };
    await withEgress(egresses, use(), age);
    expect(classes).toEqual(["public", "private"]);
    expect(signedIn).toEqual([null]);
    classes.length = 0;
    await withEgress(egresses, use(), async (egress) => void classes.push(egressClassOf(egress)));
    expect(classes).toEqual(["public"]);
    expect(signedIn).toEqual([null]);
  });
});

describe("the direct egress", () => {
  test("is the guard and the operator's cookies, for everybody at once", async () => {
    const cookies = { copyInto: () => Promise.reject(new Error("not asked for")) };
    const egresses = directEgress({ proxyUrl: async () => "http://guard", cookies, logger: createSilentLogger() });
    const leases = await Promise.all([egresses.lease(use()), egresses.lease(use())]);
    for (const lease of leases) expect(lease).toMatchObject({ egress: "direct", proxyUrl: "http://guard", cookies });
    for (const lease of leases) await lease.release();
  });

  test("warns of what only another egress would help against, and of nothing else", async () => {
    const warnings: unknown[] = [];
    const logger = { ...createSilentLogger(), warn: (_: string, fields?: object) => void warnings.push(fields) };
    const egresses = directEgress({ proxyUrl: async () => "http://user:SECRET@guard", cookies: null, logger });
    const lease = await egresses.lease(use());
    for (const code of [null, "video_private", "network_error", "bot_check"] as const) lease.report({ code });
    expect(warnings).toEqual([{ egress: "direct", purpose: "probe", code: "bot_check" }]);
  });

  test("is not handed to somebody who has given up", async () => {
    const egresses = directEgress({
      proxyUrl: async () => "http://guard",
      cookies: null,
      logger: createSilentLogger(),
    });
    await expect(egresses.lease(use(AbortSignal.abort(new Error("gone"))))).rejects.toThrow("gone");
  });
});
