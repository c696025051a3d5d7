import { expect, test } from "bun:test";
import { Vidferry } from "@vidferry/sdk";
import { eventually } from "@vidferry/testing";
import { everyEndIsTold } from "./every-end-is-told.ts";
import { startHeldReceiver } from "./held-receiver.ts";
import { setScene } from "./scene.ts";
import { startService } from "./service.ts";

test("a service that is killed before it has told of the ends of jobs tells of all of them after its next start", async () => {
  await using scene = await setScene();
  await using receiver = startHeldReceiver();
  const env = { ALLOW_PRIVATE_HOSTS: receiver.host, WEBHOOK_TIMEOUT_SECONDS: "3" };
  const killed = await startService(scene, env);
  const vidferry = new Vidferry({ baseUrl: killed.url });
  const webhook = await vidferry.webhooks.create({ url: receiver.url });
  const ended: { id: string; state: string }[] = [await killed.run({ url: scene.youtube.url("muxedOnly01") })];
  await eventually(() => receiver.unanswered.size > 0);
  for (let count = 0; count < 10; count += 1) {
    const scheduledFor = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await killed.submit({ url: scene.youtube.url("muxedOnly01"), scheduledFor });
    ended.push(await vidferry.downloads.cancel(id));
  }
  expect(await killed.end("SIGKILL")).toBeNull();
  receiver.open(webhook.secret);

  await using service = await startService(scene, env);
  await everyEndIsTold(new Vidferry({ baseUrl: service.url }), webhook.id, receiver, ended);
}, 180_000);

test("the end of each batch is told once, although the service is killed while it tells it", async () => {
  await using scene = await setScene();
  await using receiver = startHeldReceiver();
  const env = { ALLOW_PRIVATE_HOSTS: receiver.host, WEBHOOK_TIMEOUT_SECONDS: "3" };
  const killed = await startService(scene, env);
  const vidferry = new Vidferry({ baseUrl: killed.url });
  const webhook = await vidferry.webhooks.create({ url: receiver.url, events: ["batch.finished"] });
  const urls = [scene.youtube.url("muxedOnly01")];
  const ended = [await vidferry.batches.wait((await vidferry.batches.create({ urls })).id)];
  await eventually(() => receiver.unanswered.size > 0);
  const scheduledFor = new Date(Date.now() + 3_600_000).toISOString();
  for (let count = 0; count < 3; count += 1) {
    const { id } = await vidferry.batches.create({ urls, request: { scheduledFor } });
    ended.push(await vidferry.batches.cancel(id));
  }
  expect(await killed.end("SIGKILL")).toBeNull();
  receiver.open(webhook.secret);

  await using service = await startService(scene, env);
  const { webhooks } = new Vidferry({ baseUrl: service.url });
  const log = async () => (await webhooks.deliveries(webhook.id, { limit: 100 })).data;
  await eventually(async () => (await log()).every(({ state }) => state === "delivered"), { timeoutMs: 120_000 });
  const told = [...receiver.delivered.values()].flatMap((message) =>
    message.type === "batch.finished" ? [[message.data.batch.id, message.data.batch.state]] : [],
  );
  expect(told.toSorted()).toEqual(ended.map(({ id, state }) => [id, state]).toSorted());
  expect(ended.map(({ state }) => state)).toEqual(["finished", "canceled", "canceled", "canceled"]);
  expect((await log()).map(({ id }) => id).toSorted()).toEqual([...receiver.delivered.keys()].toSorted());
  for (const id of receiver.unanswered) expect(receiver.delivered.has(id)).toBe(true);
}, 180_000);
