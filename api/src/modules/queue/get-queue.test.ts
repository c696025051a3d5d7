import { expect, test } from "bun:test";
import { byWorker, created, started } from "@vidferry/testing/conformance";
import { createHarness } from "../../testing/harness.ts";
import { Queue } from "./get-queue.ts";

test("GET /queue shows what waits in each lane, and pages through the dead letters", async () => {
  const { send, service } = createHarness();
  const { database } = service;
  await created(database, { priority: "high" });
  await created(database, { scheduledFor: new Date(Date.now() + 60_000) });
  const poison = [await started(database), await started(database), await started(database)];
  await database.leases.expire([byWorker.worker]);
  await database.leases.releaseLost({ maxLostWorkers: 1, limit: 10, leaseMs: 15_000 });

  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const response = await send("GET", `/api/v1/queue?limit=2${cursor && `&cursor=${cursor}`}`);
    expect(response.status).toBe(200);
    const queue = Queue.parse(await response.json());
    expect(queue).toMatchObject({
      lanes: { high: { depth: 1 }, low: { depth: 0, oldestAgeSeconds: null } },
      running: 0,
    });
    expect(queue.waiting).toEqual({ schedule: 1, retry: 0, egress: 0, live: 0, quota: 0, fair_share: 0 });
    seen.push(...queue.deadLetters.data.map(({ jobId }) => jobId));
    cursor = queue.deadLetters.nextCursor;
  }
  expect(seen.toSorted()).toEqual(poison.map(({ id }) => id).toSorted());
});
