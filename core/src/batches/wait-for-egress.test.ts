import { expect, test } from "bun:test";
import { createHeldClock, createServiceFixture } from "@vidferry/testing";
import { NoEgressNow } from "../egress/egresses.ts";
import { localOwner } from "../jobs/job.ts";
import type { Probe, ProbeLink } from "../pipeline/downloader.ts";
import { defaultHostPolicy } from "../sources/source-url.ts";
import { BatchRequest } from "./batch-request.ts";
import { createBatch } from "./create-batch.ts";
import { expandBatch } from "./expand-batch.ts";
import { getBatch } from "./manage-batch.ts";

const listUrl = "https://www.youtube.com/playlist?list=PLsample00000000";
const link = "https://www.youtube.com/watch?v=v0000000001";
const page: Probe = {
  ...{ kind: "playlist", id: "PL", title: "A list", channel: null, webpageUrl: listUrl, count: 1, nextCursor: null },
  entries: [
    ...[{ kind: "video", id: "v1", url: link, title: "One", durationSeconds: 1, uploadedAt: null, unavailable: null }],
  ] as const,
};

test.each([
  ["nobody knows when", null],
  ["it is known when", new Date(Date.now() + 3_600_000)],
] as const)(
  "a list is waited for while no egress is free to read it, however often, and read soon after one is: %s",
  async (_, until) => {
    const clock = createHeldClock();
    await using fixture = await createServiceFixture({}, { clock });
    const { deps } = fixture;
    const request = BatchRequest.parse({ source: { url: listUrl } });
    const written = await createBatch(
      deps,
      { hosts: defaultHostPolicy, maxAttempts: 3 },
      { owner: localOwner, request, requestId: null },
    );
    if (written.kind === "repeated") throw new Error("it was repeated");
    const { id } = written.value;
    const expand = async (probe: ProbeLink): Promise<boolean> => {
      const batch = await deps.database.batches.claim(30_000);
      if (batch === null) return false;
      const { signal } = new AbortController();
      await expandBatch(deps, batch, { leaseMs: 30_000, hosts: defaultHostPolicy, probe, signal });
      return true;
    };
    const none: ProbeLink = () => Promise.reject(new NoEgressNow("Every egress has used its budget.", until));
    for (let looks = 0; looks < 20; looks += 1) {
      expect(await expand(none)).toBe(true);
      expect(await expand(none)).toBe(false);
      clock.advance(15_000);
    }
    expect(await getBatch(deps, id, null)).toMatchObject({
      ...{ state: "expanding", failures: 0 },
      error: { code: "unavailable", detail: "Every egress has used its budget." },
    });
    expect(await expand(async () => page)).toBe(true);
    expect(await getBatch(deps, id, null)).toMatchObject({ state: "running", error: null, counts: { queued: 1 } });
  },
);
