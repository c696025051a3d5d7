import { describe, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { createServiceFixture, roomyLimits } from "../testing/service-fixture.ts";
import { runAttempt } from "./run-attempt.ts";
import { sweepBlobs, sweepWorkFolders } from "./sweep.ts";

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
