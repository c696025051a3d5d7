import { describe, expect, test } from "bun:test";
import { createServiceFixture, eventually, roomyLimits } from "@vidferry/testing";
import { createWebhookSender } from "../adapters/webhooks/index.ts";
import { readRequest } from "../jobs/read-request.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import type { WebhookSupport } from "../webhooks/webhook-support.ts";
import { startDueJobs } from "./due-jobs.ts";
import { deleteExpiredResults } from "./expired-results.ts";
import { defaultMaintenanceOptions, serviceTasks } from "./service-tasks.ts";
import { offerForgottenJobs } from "./unoffered-jobs.ts";

const attempt = (retentionMs: number | null) => ({
  leaseMs: 5_000,
  limits: roomyLimits,
  retentionMs,
  signal: new AbortController().signal,
});

describe("the maintenance of the service", () => {
  test("has tasks with names of their own, each of which finds nothing to do in a new service", async () => {
    await using fixture = await createServiceFixture();
    const tasks = serviceTasks(fixture.deps, defaultMaintenanceOptions);
    expect(new Set(tasks.map(({ name }) => name)).size).toBe(tasks.length);
    for (const { name, run } of tasks) {
      const outcome = await Promise.resolve(run(new AbortController().signal)).then(
        () => "done",
        (error: unknown) => error,
      );
      expect([name, outcome]).toEqual([name, "done"]);
    }
  });

  test("sends webhooks unless this process shall not, whether or not it could", async () => {
    await using fixture = await createServiceFixture();
    const sends = (support: Partial<WebhookSupport>) =>
      serviceTasks(
        {
          ...fixture.deps,
          webhookSupport: {
            secrets: createSecretBox(async () => ["k".repeat(32)]),
            sender: createWebhookSender({ allowPrivateHosts: [], timeoutMs: 5_000 }),
            publicUrl: null,
            refused: null,
            ...support,
          },
        },
        defaultMaintenanceOptions,
      ).some(({ name }) => name === "webhook-deliveries");
    expect([sends({}), sends({ refused: "there is no key" })]).toEqual([true, true]);
    expect([sends({ delivers: false }), sends({ delivers: false, refused: "there is no key" })]).toEqual([
      false,
      false,
    ]);
  });

  test("offers a due job that nobody heard of, once for all that look at the same time", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const offered: string[] = [];
    const queue = {
      ...deps.queue,
      offer: async (hints: readonly { jobId: string }[]) => void offered.push(...hints.map((h) => h.jobId)),
    };
    const request = readRequest({ url: "https://www.youtube.com/watch?v=sample00001" });
    const outcome = await deps.database.jobs.create({
      id: deps.ids.next("job"),
      owner: "local",
      request,
      priority: "normal",
      labels: {},
      maxAttempts: 3,
      scheduledFor: null,
      requestId: null,
      traceparent: null,
      idempotency: null,
    });
    await eventually(async () => {
      await Promise.all([1, 2, 3].map(() => offerForgottenJobs({ ...deps, queue }, 5, 10)));
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
      await startDueJobs(fixture.deps, 10);
      return (await fixture.deps.database.jobs.get(job.id, null))?.state === "queued";
    });
  });

  test("deletes results past their time, and keeps the job", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const job = await fixture.submit();
    await runAttempt(deps, await fixture.claim(job), attempt(1));
    const key = (await deps.database.jobs.get(job.id, null))?.artifacts[0]?.storageKey ?? "";
    await eventually(async () => {
      await deleteExpiredResults(deps, 10);
      return (await deps.blobs.stat(key)) === null;
    });
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", artifacts: [] });
  });
});
