import { describe, expect, test } from "bun:test";
import { readRequest } from "../job/read-request.ts";
import { eventually } from "../testing/eventually.ts";
import { createServiceFixture, roomyLimits } from "../testing/service-fixture.ts";
import { runAttempt } from "./run-attempt.ts";
import { defaultSweepOptions, sweep, sweepBlobs, sweepWorkFolders } from "./sweep.ts";

const text = (words: string) => ({
  kind: "stream" as const,
  stream: new Response(words).body ?? new ReadableStream<Uint8Array>(),
});
const plain = { contentType: "text/plain" };
const attempt = (retentionMs: number | null) => ({
  leaseMs: 5_000,
  limits: roomyLimits,
  retentionMs,
  signal: new AbortController().signal,
});

describe("the sweep", () => {
  test("offers a due job that nobody heard of, once for all that sweep at the same time", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const offered: string[] = [];
    const queue = {
      ...deps.queue,
      offer: async (hints: readonly { jobId: string }[]) => void offered.push(...hints.map((h) => h.jobId)),
    };
    const request = readRequest({ url: "https://www.youtube.com/watch?v=sample00001" });
    const outcome = await deps.store.create({
      id: deps.ids.next("job"),
      owner: "local",
      request,
      priority: "normal",
      labels: {},
      maxAttempts: 3,
      scheduledFor: null,
      idempotency: null,
    });
    await eventually(async () => {
      await Promise.all([1, 2, 3].map(() => sweep({ ...deps, queue }, { ...defaultSweepOptions, offerAfterMs: 5 })));
      return offered.length > 0;
    });
    expect(outcome.kind === "created" && offered[0] === outcome.job.id).toBe(true);
    expect(new Set(offered).size).toBe(1);
  });

  test("starts scheduled jobs when their time has come", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit({ scheduledFor: new Date(Date.now() + 60).toISOString() });
    expect(job.state).toBe("scheduled");
    await eventually(async () => {
      await sweep(fixture.deps);
      return (await fixture.deps.store.get(job.id, null))?.state === "queued";
    });
  });

  test("deletes results past their time, and keeps the job", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const job = await fixture.submit();
    await runAttempt(deps, await fixture.claim(job), attempt(1));
    const key = (await deps.store.get(job.id, null))?.artifacts[0]?.storageKey ?? "";
    await eventually(async () => {
      await sweep(deps);
      return (await deps.blobs.stat(key)) === null;
    });
    expect(await deps.store.get(job.id, null)).toMatchObject({ state: "succeeded", artifacts: [] });
  });

  test("deletes files that no job names and spares those of results and of attempts that store", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const done = await fixture.submit();
    await runAttempt(deps, await fixture.claim(done), attempt(null));
    const running = await fixture.claim(await fixture.submit());
    const kept = [
      (await deps.store.get(done.id, null))?.artifacts[0]?.storageKey ?? "",
      `jobs/${running.id}/1/art_a.mp4`,
    ];
    const orphans = [`jobs/${done.id}/7/art_b.mp4`, `jobs/${deps.ids.next("job")}/1/art_c.mp4`];
    for (const key of [kept[1] ?? "", ...orphans]) await deps.blobs.put(key, text("x"), plain);
    expect(await sweepBlobs(deps, 3_600_000)).toBe(0);
    await eventually(async () => (await sweepBlobs(deps, 1)) === 2);
    for (const key of kept) expect(await deps.blobs.stat(key)).not.toBeNull();
    for (const key of orphans) expect(await deps.blobs.stat(key)).toBeNull();
  });

  test("deletes work folders that no job comes back to", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const queued = await fixture.submit();
    const over = await fixture.submit();
    const elsewhere = await fixture.claim(await fixture.submit());
    const here = await fixture.submit();
    for (const job of [queued, over, elsewhere, here]) await deps.workFolders.open(job.id);
    await deps.store.move(over.id, null, "cancel");
    await deps.store.remove(here.id, null);
    expect(await sweepWorkFolders(deps, "another-host", (id) => id === here.id)).toBe(2);
    expect((await deps.workFolders.list()).toSorted()).toEqual([queued.id, here.id].toSorted());
  });
});
