import { describe, expect, test } from "bun:test";
import { createServiceFixture, fixedEgress, roomyLimits } from "@vidferry/testing";
import { createSilentLogger } from "../adapters/system/index.ts";
import { AppError } from "../errors/app-error.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { probeThrough } from "../sources/probe-link.ts";
import { directEgress } from "./direct-egress.ts";
import type { Egresses, EgressUse } from "./egresses.ts";
import { withEgress } from "./with-egress.ts";

/** Egresses that note what happens to their leases. */
function notingEgresses() {
  const notes: unknown[] = [];
  const egresses: Egresses = {
    lease: async ({ url, purpose }) => {
      notes.push([purpose, url]);
      return {
        ...fixedEgress({ proxyUrl: "http://127.0.0.1:9" }),
        report: (code) => void notes.push(["report", code]),
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
    for (const code of [null, "video_private", "network_error", "bot_check"] as const) lease.report(code);
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
