import {
  anError,
  aResult,
  attemptOf,
  byWorker,
  created,
  type DatabaseSuite,
  jobIn,
  must,
  newJob,
  started,
} from "../database/fixture.ts";
import { anAttempt, newDelivery, newWebhook } from "./fixture.ts";

/** What every {@link Webhooks} must do, and what every store writes when a job ends. */
export function webhooksConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("webhooks", () => {
    test("are found by their owner alone, as they were put in", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const fresh = newWebhook();
      const webhook = await store.webhooks.insert(fresh);
      expect(webhook).toMatchObject({ ...fresh, disabledAt: null, disabledReason: null, failingSince: null });
      expect(await store.webhooks.get(fresh.id, "ada")).toEqual(webhook);
      expect(await store.webhooks.get(fresh.id, null)).toEqual(webhook);
      expect(await store.webhooks.get(fresh.id, "bob")).toBeNull();
      expect(await store.webhooks.list("ada")).toEqual([webhook]);
      expect(await store.webhooks.list("bob")).toEqual([]);
    });

    test("change by their owner alone", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      expect(await store.webhooks.update(id, "bob", { description: "mine" })).toBeNull();
      const secrets = [
        { sealed: "two", expiresAt: null },
        { sealed: "one", expiresAt: "2026-11-27T10:00:00.000Z" },
      ];
      const changed = await store.webhooks.update(id, "ada", { description: "mine", secrets });
      expect(changed).toMatchObject({ description: "mine", secrets, url: newWebhook().url });
      expect(await store.webhooks.remove(id, "bob")).toBe(false);
      expect(await store.webhooks.remove(id, "ada")).toBe(true);
      expect(await store.webhooks.remove(id, "ada")).toBe(false);
    });

    test("fail since the first failure after a success", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      await store.webhooks.markFailing(id);
      const first = must((await store.webhooks.get(id, null))?.failingSince);
      await store.webhooks.markFailing(id);
      expect((await store.webhooks.get(id, null))?.failingSince).toEqual(first);
      await store.webhooks.markDelivered(id);
      expect((await store.webhooks.get(id, null))?.failingSince).toBeNull();
    });

    test("get nothing while they are disabled, and what waits for them fails", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      const waiting = newDelivery({ id });
      await store.deliveries.insert([waiting]);
      await store.webhooks.disable(id, "gone");
      await store.webhooks.disable(id, "failing");
      const disabled = must(await store.webhooks.get(id, "ada"));
      expect(disabled).toMatchObject({ disabledReason: "gone", disabledAt: expect.any(Date) });
      expect(await store.deliveries.get(waiting.id, id)).toMatchObject({ state: "failed", nextAttemptAt: null });
      await jobIn("canceled", store);
      expect(await store.deliveries.list(id, 10)).toHaveLength(1);
      const enabled = await store.webhooks.update(id, "ada", { disabledReason: null });
      expect(enabled).toMatchObject({ disabledReason: null, disabledAt: null, failingSince: null });
      await jobIn("canceled", store);
      expect(await store.deliveries.list(id, 10)).toHaveLength(2);
    });

    test("take their deliveries with them", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      const delivery = newDelivery({ id });
      await store.deliveries.insert([delivery]);
      await store.webhooks.remove(id, "ada");
      expect(await store.deliveries.get(delivery.id, id)).toBeNull();
      expect(await store.deliveries.dueTargets(10)).toEqual([]);
    });

    test("an owner's default secrets are replaced only where they are still those that were read", async () => {
      await using fixture = await create();
      const { webhooks } = fixture.store;
      const [one, two] = [[{ sealed: "one", expiresAt: null }], [{ sealed: "two", expiresAt: null }]];
      expect(await webhooks.defaultSecrets("ada")).toBeNull();
      expect(await webhooks.replaceDefaultSecrets("ada", null, one)).toEqual(one);
      expect(await webhooks.replaceDefaultSecrets("ada", null, two)).toEqual(one);
      expect(await webhooks.replaceDefaultSecrets("ada", one, two)).toEqual(two);
      expect(await webhooks.replaceDefaultSecrets("ada", one, one)).toEqual(two);
      expect(await webhooks.defaultSecrets("ada")).toEqual(two);
      expect(await webhooks.defaultSecrets("bob")).toBeNull();
    });
  });

  describe("what follows from the end of a job", () => {
    test("each way a job can end writes one delivery for each webhook of its owner that asked for it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const all = await store.webhooks.insert(newWebhook());
      const failures = await store.webhooks.insert(newWebhook({ events: ["job.failed"] }));
      const foreign = await store.webhooks.insert(newWebhook({ owner: "bob" }));

      const succeeded = await jobIn("succeeded", store);
      const failed = await jobIn("failed", store);
      const canceled = await jobIn("canceled", store);
      const stopped = await started(store);
      await store.jobs.move(stopped.id, null, "cancel");
      const removed = await started(store);
      await store.jobs.remove(removed.id, null);
      // One that was over ended before.
      await store.jobs.remove(succeeded.id, null);
      const lost = await started(store, {});
      await store.leases.expire([byWorker.worker]);
      const { failed: poisoned } = await store.leases.releaseLost({ maxLostWorkers: 1, limit: 10, leaseMs: 30_000 });
      expect(poisoned.map(({ id }) => id)).toEqual([lost.id]);

      const written = await store.deliveries.list(all.id, 100);
      expect(written.map(({ type, jobId }) => [jobId, type] as [string, string]).sort()).toEqual(
        [
          [succeeded.id, "job.succeeded"],
          [failed.id, "job.failed"],
          [canceled.id, "job.canceled"],
          [stopped.id, "job.canceled"],
          [removed.id, "job.canceled"],
          [lost.id, "job.failed"],
        ].sort(),
      );
      expect((await store.deliveries.list(failures.id, 100)).map(({ jobId }) => jobId).sort()).toEqual(
        [failed.id, lost.id].sort(),
      );
      expect(await store.deliveries.list(foreign.id, 100)).toEqual([]);
      for (const { id, body, type, jobId, owner } of written) {
        expect(id).toMatch(/^dlv_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
        expect(owner).toBe("ada");
        const message = JSON.parse(body);
        expect(message).toMatchObject({ type, data: { job: { id: jobId, state: type.slice("job.".length) } } });
      }
    });

    test("an end that is no end writes nothing", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      const job = await started(store);
      await store.attempts.requeue(attemptOf(job), { error: anError, delayMs: 0, countsAsFailure: true });
      expect(await store.attempts.succeed(attemptOf(job), aResult)).toBeNull();
      await store.jobs.move(job.id, null, "pause");
      expect(await store.deliveries.list(id, 10)).toEqual([]);
    });

    test("a job that is retried by hand ends again", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      const job = await jobIn("canceled", store);
      await store.jobs.move(job.id, null, "retry");
      await store.jobs.move(job.id, null, "cancel");
      expect(await store.deliveries.list(id, 10)).toHaveLength(2);
    });

    test("a transaction that is undone leaves neither the end nor its delivery", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.webhooks.insert(newWebhook());
      const job = await created(store);
      const undone = store.transaction(async (tx) => {
        await tx.jobs.move(job.id, null, "cancel");
        throw new Error("no");
      });
      await expect(undone).rejects.toThrow();
      expect(await store.deliveries.list(id, 10)).toEqual([]);
      expect((await store.jobs.get(job.id, null))?.state).toBe("queued");
    });

    test("the address that a request names is told besides, with nothing but the job's owner needed", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const fresh = newJob({}, { webhookUrl: "https://hooks.example.com/job" });
      await store.jobs.create(fresh);
      await store.jobs.move(fresh.id, null, "cancel");
      const [{ target } = { target: "" }, ...others] = await store.deliveries.dueTargets(10);
      expect(others).toEqual([]);
      const [listed, ...more] = await store.deliveries.list(fresh.id, 10);
      expect(listed).toMatchObject({ webhookId: null, jobId: fresh.id, owner: fresh.owner, state: "pending" });
      expect(more).toEqual([]);
      expect(await store.deliveries.get(must(listed).id, fresh.id)).toEqual(must(listed));
      expect(await store.deliveries.list(newJob().id, 10)).toEqual([]);
      expect(await store.deliveries.get(must(listed).id, newJob().id)).toBeNull();
      expect(await store.deliveries.take(target, 10, 1_000)).toMatchObject([
        { webhookId: null, url: "https://hooks.example.com/job", jobId: fresh.id, type: "job.canceled" },
      ]);
      const { id } = must(listed);
      await store.deliveries.record({ id, take: 1, attempts: [] }, { kind: "delivered", attempt: anAttempt(204) });
      expect(await store.deliveries.replay(id, newJob().id)).toBeNull();
      expect(await store.deliveries.replay(id, fresh.id)).toMatchObject({ id, state: "pending", tries: 0 });
    });

    test("a job lists no delivery to a webhook", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.webhooks.insert(newWebhook());
      const job = await jobIn("canceled", store);
      expect(await store.deliveries.list(job.id, 10)).toEqual([]);
    });
  });
}
