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
  const ended: { id: string; state: string }[] = [await killed.run({ url: scene.youtube.url("sampleVid01") })];
  await eventually(() => receiver.unanswered.size > 0, { timeoutMs: 30_000 });
  for (let count = 0; count < 10; count += 1) {
    const scheduledFor = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await killed.submit({ url: scene.youtube.url("sampleVid01"), scheduledFor });
    ended.push(await vidferry.downloads.cancel(id));
  }
  expect(await killed.end("SIGKILL")).toBeNull();
  receiver.open(webhook.secret);

  await using service = await startService(scene, env);
  await everyEndIsTold(new Vidferry({ baseUrl: service.url }), webhook.id, receiver, ended);
}, 180_000);
