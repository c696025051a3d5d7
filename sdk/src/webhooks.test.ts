import { expect, test } from "bun:test";
import { newJob } from "@vidferry/testing/conformance";
import { startHarness } from "../../api/src/testing/live-server.ts";
import { localOwner } from "../../core/src/index.ts";
import { NotFoundError } from "./errors.ts";
import { Vidferry } from "./vidferry.ts";

test("webhooks are made, changed, tested, replayed, rotated and deleted against a real server", async () => {
  const { url: baseUrl } = await startHarness();
  const { webhooks } = new Vidferry({ baseUrl });
  const { secret, ...webhook } = await webhooks.create({ url: "https://hooks.example.com/x", events: ["job.failed"] });
  expect(secret).toStartWith("whsec_");
  expect(await webhooks.get(webhook.id)).toEqual(webhook);
  expect(await webhooks.list()).toEqual([webhook]);
  expect(await webhooks.update(webhook.id, { enabled: false })).toMatchObject({ disabledReason: "by_owner" });
  await expect(webhooks.test(webhook.id)).rejects.toMatchObject({ status: 409, code: "invalid_state" });
  expect(await webhooks.update(webhook.id, { enabled: true })).toMatchObject({ enabled: true });

  const sent = [];
  for (let count = 0; count < 3; count += 1) sent.unshift((await webhooks.test(webhook.id)).id);
  const seen = [];
  for await (const { id, type } of webhooks.deliveries(webhook.id, { limit: 2 })) {
    expect(type).toBe("webhook.test");
    seen.push(id);
  }
  expect(seen.toSorted()).toEqual(sent.toSorted());
  expect(await webhooks.replay(webhook.id, seen[0] ?? "")).toMatchObject({ id: seen[0], state: "pending" });

  const rotated = await webhooks.rotate(webhook.id, { overlapSeconds: 60 });
  expect(rotated.secret).not.toBe(secret);
  expect(rotated.secretExpiresAt).not.toBeNull();
  await webhooks.delete(webhook.id);
  await expect(webhooks.get(webhook.id)).rejects.toBeInstanceOf(NotFoundError);
});

test("deliveries to a download's own address are listed and sent again", async () => {
  const { url: baseUrl, service } = await startHarness();
  const { webhooks } = new Vidferry({ baseUrl });
  const job = newJob({ owner: localOwner }, { webhookUrl: "https://hooks.example.com/job" });
  await service.database.jobs.create(job);
  await service.database.jobs.move(job.id, null, "cancel");
  const { data, nextCursor } = await webhooks.downloadDeliveries(job.id, { limit: 5 });
  expect(nextCursor).toBeNull();
  expect(data).toMatchObject([{ jobId: job.id, type: "job.canceled" }]);
  const id = data[0]?.id ?? "";
  expect(await webhooks.replayDownloadDelivery(job.id, id)).toMatchObject({ id, state: "pending" });
});

test("the default secret is rotated once for each key, and the one before is shown while it signs", async () => {
  const { url: baseUrl } = await startHarness();
  const { webhooks } = new Vidferry({ baseUrl });
  const before = await webhooks.secret();
  expect(before.previous).toBeNull();
  const rotated = await webhooks.rotateDefaultSecret({ idempotencyKey: "once" });
  expect(rotated.previous).toBe(before.secret);
  expect(await webhooks.rotateDefaultSecret({ idempotencyKey: "once" })).toEqual(rotated);
  expect(await webhooks.secret()).toEqual(rotated);
});

test("a webhook that is sent again with its key is made once", async () => {
  const { url: baseUrl } = await startHarness();
  const { webhooks } = new Vidferry({ baseUrl });
  const create = () => webhooks.create({ url: "https://hooks.example.com/x" }, { idempotencyKey: "once" });
  expect(await create()).toEqual(await create());
  expect(await webhooks.list()).toHaveLength(1);
});
