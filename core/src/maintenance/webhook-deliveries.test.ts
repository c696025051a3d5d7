import { describe, expect, test } from "bun:test";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createHeldClock, eventually } from "@vidferry/testing";
import { Webhook as Verifier } from "standardwebhooks";
import { memoryStore } from "../adapters/memory/index.ts";
import { createIdGenerator, createMemoryTelemetry, createSilentLogger } from "../adapters/system/index.ts";
import { createWebhookSender } from "../adapters/webhooks/index.ts";
import { readRequest } from "../jobs/read-request.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import { defaultSecrets, rotateDefaultSecret } from "../webhooks/default-secret.ts";
import {
  changeWebhook,
  createWebhook,
  getWebhook,
  removeWebhook,
  replayDelivery,
  rotateSecret,
  testWebhook,
} from "../webhooks/manage-webhooks.ts";
import { watchUnsigned } from "./unsigned-deliveries.ts";
import { createDeliveryPump, defaultDeliveryLimits } from "./webhook-deliveries.ts";

const owner = "ada";
const hour = 3_600_000;
const operator = { via: "cli", owner: null, keyId: null, requestId: null } as const;
const key = "k".repeat(32);

interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver over HTTP that a test tells how to answer. */
async function startReceiver() {
  const received: Received[] = [];
  let answer = (_: IncomingMessage, response: ServerResponse): unknown => response.writeHead(204).end();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers as Record<string, string>, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    received,
    port,
    url: `http://127.0.0.1:${port}`,
    answers: (next: typeof answer) => {
      answer = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function start({ keys = [key] }: { readonly keys?: readonly string[] } = {}) {
  const receiver = await startReceiver();
  const clock = createHeldClock();
  const store = memoryStore({ clock });
  const telemetry = createMemoryTelemetry();
  const support = {
    secrets: createSecretBox(async () => keys),
    sender: createWebhookSender({ allowPrivateHosts: [`127.0.0.1:${receiver.port}`], timeoutMs: 5_000 }),
    publicUrl: "https://ferry.example",
    refused: null,
  };
  const deps = {
    database: store,
    clock,
    telemetry,
    webhookSupport: support,
    ids: createIdGenerator(),
    logger: createSilentLogger(),
  };
  const pump = createDeliveryPump(deps, support);
  const signal = new AbortController().signal;
  const create = async (path = "/hook") => {
    const events = ["job.succeeded", "job.failed", "job.canceled"] as const;
    const made = await createWebhook(
      deps,
      owner,
      { url: receiver.url + path, events, description: "" },
      operator,
      null,
    );
    if (made.kind !== "written") throw new Error("it was made before");
    return made.value;
  };
  let serial = 0;
  /** Ends a job. */
  const endJob = async (request: object = {}) => {
    serial += 1;
    const id = `job_${serial.toString(16).padStart(32, "0")}` as const;
    const parsed = readRequest({ url: "https://www.youtube.com/watch?v=aaaaaaaaaaa", ...request });
    const fresh = { id, owner, request: parsed, priority: "normal", labels: {}, maxAttempts: 3 } as const;
    await store.jobs.create({ ...fresh, scheduledFor: null, idempotency: null, requestId: null, traceparent: null });
    await store.jobs.move(id, null, "cancel");
    return id;
  };
  const run = () => pump.run(signal);
  /** Runs until the newest delivery of a webhook has this many attempts. */
  const attempts = async (id: `whk_${string}`, count: number) => {
    await run();
    await eventually(async () => (await store.deliveries.list(id, 1))[0]?.attempts.length === count);
  };
  return {
    ...{ receiver, clock, store, deps, support, pump, create, endJob, run, attempts, telemetry },
    [Symbol.asyncDispose]: async () => {
      clock.advance(3_000);
      const ended = pump.end();
      clock.advance(3_000);
      await ended;
      await receiver[Symbol.asyncDispose]();
    },
  };
}

type Scene = Awaited<ReturnType<typeof start>>;

describe("deliveries of webhooks", () => {
  test("the end of a job arrives signed, as the API shows the job", async () => {
    await using scene = await start();
    const { webhook, secret } = await scene.create();
    const jobId = await scene.endJob();
    await scene.attempts(webhook.id, 1);
    const [message] = scene.receiver.received;
    expect(new Verifier(secret).verify(message?.body ?? "", message?.headers ?? {})).toMatchObject({
      type: "job.canceled",
      timestamp: expect.any(String),
      data: { job: { id: jobId, state: "canceled" }, trimmed: [] },
    });
    const [delivery] = await scene.store.deliveries.list(webhook.id, 10);
    expect(message?.headers["webhook-id"]).toBe(delivery?.id);
    expect(delivery).toMatchObject({ state: "delivered", attempts: [{ status: 204, error: null }] });
  });

  test("a message that was changed, or is signed by another secret, does not verify", async () => {
    await using scene = await start();
    const { webhook, secret } = await scene.create();
    await scene.endJob();
    await scene.attempts(webhook.id, 1);
    const [message] = scene.receiver.received;
    const { body = "", headers = {} } = message ?? {};
    expect(() => new Verifier(secret).verify(body.replace("canceled", "succeeded"), headers)).toThrow();
    expect(() => new Verifier(secret).verify(body, { ...headers, "webhook-id": "dlv_other" })).toThrow();
    expect(() => new Verifier(`whsec_${btoa("x".repeat(32))}`).verify(body, headers)).toThrow();
    const old = String(Number(headers["webhook-timestamp"]) - 301);
    expect(() => new Verifier(secret).verify(body, { ...headers, "webhook-timestamp": old })).toThrow();
  });

  test("a job's own address is told with the owner's default secret", async () => {
    await using scene = await start();
    await scene.endJob({ webhookUrl: `${scene.receiver.url}/own` });
    await scene.run();
    await eventually(() => scene.receiver.received.length === 1);
    const [message] = scene.receiver.received;
    const [secret = ""] = await defaultSecrets(scene.deps, scene.support.secrets, owner);
    expect(new Verifier(secret).verify(message?.body ?? "", message?.headers ?? {})).toMatchObject({
      type: "job.canceled",
    });
  });

  test("a receiver that is down for a day gets it once it is back, with the same id", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    scene.receiver.answers((_, response) => response.writeHead(503).end("our secrets"));
    await scene.endJob();
    const pauses: number[] = [];
    for (let count = 1; count <= 8; count += 1) {
      await scene.attempts(webhook.id, count);
      const [delivery] = await scene.store.deliveries.list(webhook.id, 1);
      pauses.push(Number(delivery?.nextAttemptAt) - Number(scene.clock.now()));
      scene.clock.advance(pauses.at(-1) ?? 0);
    }
    // From seconds to hours; neighbours may change places by their jitter.
    expect(pauses.every((pause, index) => index === 0 || pause > (pauses[index - 1] ?? 0) / 2)).toBe(true);
    expect(pauses[0]).toBeLessThan(10_000);
    expect(pauses.at(-1)).toBeGreaterThan(10 * hour);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(24 * hour);
    expect(await getWebhook(scene.deps, webhook.id, owner)).toMatchObject({ failingSince: expect.any(Date) });
    scene.receiver.answers((_, response) => response.writeHead(200).end());
    await scene.attempts(webhook.id, 9);
    const [delivery] = await scene.store.deliveries.list(webhook.id, 1);
    expect(delivery?.state).toBe("delivered");
    expect(JSON.stringify(delivery)).not.toContain("our secrets");
    expect(new Set(scene.receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    await eventually(async () => (await getWebhook(scene.deps, webhook.id, owner)).failingSince === null);
  });

  test("a receiver says when it wants to be asked again", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    scene.receiver.answers((_, response) => response.writeHead(429, { "retry-after": "3600" }).end());
    await scene.endJob();
    await scene.attempts(webhook.id, 1);
    const [delivery] = await scene.store.deliveries.list(webhook.id, 1);
    expect(Number(delivery?.nextAttemptAt) - Number(scene.clock.now())).toBeGreaterThanOrEqual(hour);
  });

  test("410 disables the webhook, and its deliveries end", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    scene.receiver.answers((_, response) => response.writeHead(410).end());
    await scene.endJob();
    await scene.attempts(webhook.id, 1);
    await eventually(async () => (await getWebhook(scene.deps, webhook.id, owner)).disabledReason === "gone");
    await scene.endJob();
    expect(await scene.store.deliveries.list(webhook.id, 10)).toMatchObject([{ state: "failed" }]);
    const [{ id } = { id: "dlv_" as const }] = await scene.store.deliveries.list(webhook.id, 1);
    await expect(replayDelivery(scene.deps, webhook.id, owner, id, null)).rejects.toMatchObject({
      code: "invalid_state",
    });
  });

  test("a webhook whose deliveries failed for days is disabled, and says so", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    scene.receiver.answers((_, response) => response.writeHead(500).end());
    await scene.endJob();
    for (let count = 1; count <= 11; count += 1) {
      expect((await getWebhook(scene.deps, webhook.id, owner)).disabledAt).toBeNull();
      await scene.attempts(webhook.id, count);
      scene.clock.advance(30 * hour);
    }
    await eventually(async () => (await getWebhook(scene.deps, webhook.id, owner)).disabledAt !== null);
    expect(await getWebhook(scene.deps, webhook.id, owner)).toMatchObject({ disabledReason: "failing" });
    const [delivery] = await scene.store.deliveries.list(webhook.id, 1);
    expect(delivery).toMatchObject({ state: "failed", nextAttemptAt: null });
  });

  test("a receiver that never answers delays no other", async () => {
    await using scene = await start();
    const slow = await scene.create("/slow");
    const quick = await scene.create("/quick");
    scene.receiver.answers((request, response) => request.url === "/quick" && response.writeHead(204).end());
    for (let count = 0; count < 12; count += 1) await scene.endJob();
    const isDone = async () =>
      (await scene.store.deliveries.list(quick.webhook.id, 20)).every(({ state }) => state === "delivered");
    await eventually(async () => {
      await scene.run();
      return await isDone();
    });
    const waiting = scene.receiver.received.filter(({ path }) => path === "/slow");
    expect(waiting).toHaveLength(defaultDeliveryLimits.atOnceEachTarget);
    expect((await scene.store.deliveries.list(slow.webhook.id, 20)).every(({ state }) => state === "pending")).toBe(
      true,
    );
  });

  test("during a rotation both secrets verify, after it the new one alone", async () => {
    await using scene = await start();
    const { webhook, secret: before } = await scene.create();
    const written = await rotateSecret(scene.deps, webhook.id, owner, hour, operator, null);
    const after = written.kind === "written" ? written.value.secret : "";
    await testWebhook(scene.deps, webhook.id, owner, null);
    await scene.attempts(webhook.id, 1);
    const [message] = scene.receiver.received;
    for (const secret of [before, after]) {
      expect(new Verifier(secret).verify(message?.body ?? "", message?.headers ?? {})).toMatchObject({
        type: "webhook.test",
        data: { webhookId: webhook.id },
      });
    }
    scene.clock.advance(hour + 1);
    const [{ id } = { id: "dlv_" as const }] = await scene.store.deliveries.list(webhook.id, 1);
    await replayDelivery(scene.deps, webhook.id, owner, id, null);
    await scene.attempts(webhook.id, 2);
    expect(scene.receiver.received[1]?.headers["webhook-signature"]?.split(" ")).toHaveLength(1);
  });

  test("what is under way when the process stops is due again at once", async () => {
    const scene = await start();
    const { webhook } = await scene.create();
    scene.receiver.answers(() => undefined);
    await scene.endJob();
    await scene.run();
    await eventually(() => scene.receiver.received.length === 1);
    await scene[Symbol.asyncDispose]();
    expect(await scene.store.deliveries.take(webhook.id, 1, 1_000)).toMatchObject([{ attempts: [], tries: 0 }]);
  });

  test("another process sends what a killed one was sending after four times the longest try", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    let isSending = false;
    const killed = createDeliveryPump(scene.deps, {
      ...scene.support,
      sender: {
        ...scene.support.sender,
        send: () => {
          isSending = true;
          return new Promise(() => undefined);
        },
      },
    });
    await scene.endJob();
    await killed.run(new AbortController().signal);
    await eventually(() => isSending);
    scene.clock.advance(4 * scene.support.sender.timeoutMs - 1);
    expect(await scene.store.deliveries.dueTargets(10)).toEqual([]);
    scene.clock.advance(1);
    await scene.attempts(webhook.id, 1);
    expect(scene.receiver.received).toHaveLength(1);
  });

  test("two processes that send share the work", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    for (let count = 0; count < 30; count += 1) await scene.endJob();
    const other = createDeliveryPump(scene.deps, scene.support);
    const { signal } = new AbortController();
    await eventually(async () => {
      await Promise.all([scene.run(), other.run(signal)]);
      return (await scene.store.deliveries.list(webhook.id, 50)).every(({ state }) => state === "delivered");
    });
    expect(scene.receiver.received).toHaveLength(30);
  });

  test("tries are counted by what came of them", async () => {
    await using scene = await start();
    const { webhook } = await scene.create();
    const counted = () =>
      ["delivered", "retry", "failed"].map(
        (outcome) => scene.telemetry.ended("delivery").filter((ended) => ended.outcome === outcome).length,
      );
    scene.receiver.answers((_, response) => response.writeHead(503).end());
    await scene.endJob();
    await scene.attempts(webhook.id, 1);
    await eventually(() => counted()[1] === 1);
    scene.clock.advance(hour);
    scene.receiver.answers((_, response) => response.writeHead(204).end());
    await scene.attempts(webhook.id, 2);
    await eventually(() => counted()[0] === 1);
    scene.receiver.answers((_, response) => response.writeHead(410).end());
    await scene.endJob();
    await scene.attempts(webhook.id, 1);
    await eventually(() => counted()[2] === 1);
    expect(counted()).toEqual([1, 1, 1]);
  });

  for (const [what, end] of [
    ["disabled", (deps, id) => changeWebhook(deps, id, owner, { enabled: false }, operator)],
    ["deleted", (deps, id) => removeWebhook(deps, id, owner, operator)],
  ] as readonly [string, (deps: Scene["deps"], id: `whk_${string}`) => Promise<unknown>][]) {
    test(`nothing is sent any more to a webhook that was ${what} while one was being sent`, async () => {
      await using scene = await start();
      const { webhook } = await scene.create();
      const held: ServerResponse[] = [];
      scene.receiver.answers((_, response) => held.push(response));
      for (let count = 0; count < 8; count += 1) await scene.endJob();
      await scene.run();
      await eventually(() => held.length === defaultDeliveryLimits.atOnceEachTarget);
      await end(scene.deps, webhook.id);
      for (const response of held) response.writeHead(503).end();
      if (what === "disabled") {
        await eventually(async () => {
          const tried = (await scene.store.deliveries.list(webhook.id, 20)).filter(
            ({ attempts }) => attempts.length > 0,
          );
          return tried.length === held.length;
        });
        await changeWebhook(scene.deps, webhook.id, owner, { enabled: true }, operator);
      }
      scene.clock.advance(30 * hour);
      await scene.run();
      expect(await scene.store.deliveries.dueTargets(10)).toEqual([]);
      const left = await scene.store.deliveries.list(webhook.id, 20);
      expect(left.map(({ state }) => state)).toEqual(what === "disabled" ? Array(8).fill("failed") : []);
      expect(scene.receiver.received).toHaveLength(defaultDeliveryLimits.atOnceEachTarget);
    });
  }
});

describe("after SECRETS_KEY was changed", () => {
  test("deliveries wait without losing tries, health says so, and the old key or a rotation sends them", async () => {
    const keys = [key];
    await using scene = await start({ keys });
    const { webhook } = await scene.create("/rotated");
    const other = await scene.create("/key");
    keys[0] = "n".repeat(32);
    for (let count = 0; count < 3; count += 1) await scene.endJob();
    const changed = { ...scene.support, secrets: createSecretBox(async () => keys) };
    const pump = createDeliveryPump(scene.deps, changed);
    const { signal } = new AbortController();
    await pump.run(signal);
    await eventually(() => pump.heldBack()?.detail.startsWith("the deliveries of 2 webhooks wait"));
    expect(pump.heldBack()?.fix).toContain("SECRETS_KEY");
    await pump.run(signal);
    expect(await scene.store.deliveries.list(webhook.id, 1)).toMatchObject([
      { state: "pending", tries: 0, attempts: [] },
    ]);
    expect(await getWebhook(scene.deps, webhook.id, owner)).toMatchObject({ failingSince: null, disabledAt: null });

    await rotateSecret({ ...scene.deps, webhookSupport: changed }, webhook.id, owner, hour, operator, null);
    scene.clock.advance(61_000);
    await eventually(async () => {
      await pump.run(signal);
      return scene.receiver.received.filter(({ path }) => path === "/rotated").length === 3;
    });
    expect(pump.heldBack()?.detail).toStartWith("the deliveries of 1 webhooks wait");
    await eventually(async () => {
      await scene.run();
      return scene.receiver.received.filter(({ path }) => path === "/key").length === 3;
    });
    await eventually(async () => {
      await pump.run(signal);
      return pump.heldBack() === null;
    });
    // What a receiver has answered is written a little later.
    await eventually(async () =>
      (await scene.store.deliveries.list(other.webhook.id, 9)).every(({ state }) => state === "delivered"),
    );
  });

  test("the default secret is refused with what to do, and can be rotated", async () => {
    await using scene = await start();
    await defaultSecrets(scene.deps, scene.support.secrets, owner);
    const support = { ...scene.support, secrets: createSecretBox(async () => ["n".repeat(32)]) };
    await expect(defaultSecrets(scene.deps, support.secrets, owner)).rejects.toMatchObject({ code: "unavailable" });
    const rotated = await rotateDefaultSecret({ ...scene.deps, webhookSupport: support }, owner, hour, operator, null);
    const secrets = await defaultSecrets(scene.deps, support.secrets, owner);
    expect(rotated).toEqual({ kind: "written", value: secrets });
    expect(secrets).toHaveLength(1);
  });

  test("without one, deliveries wait and health says so", async () => {
    await using scene = await start();
    const task = watchUnsigned(scene.deps, "SECRETS_KEY is not set.");
    const { signal } = new AbortController();
    await task.run(signal);
    expect(task.heldBack?.()).toBeNull();
    const { webhook } = await scene.create();
    await scene.endJob();
    await task.run(signal);
    expect(task.heldBack?.()?.detail).toBe("1 webhook deliveries wait: SECRETS_KEY is not set.");
    await scene.attempts(webhook.id, 1);
    await task.run(signal);
    expect(task.heldBack?.()).toBeNull();
  });
});

test("rotations of the default secret at the same time follow one another, and a repeated one shows the same", async () => {
  await using scene = await start();
  const rotate = (keyHash: string) =>
    rotateDefaultSecret(scene.deps, owner, hour, operator, {
      key: { owner, operation: "POST /webhooks/secret/rotate", keyHash, fingerprint: "f" },
      answer: (secrets) => JSON.stringify(secrets),
    });
  const all = await Promise.all(["a", "b", "c"].map(rotate));
  expect(all.map(({ kind }) => kind)).toEqual(["written", "written", "written"]);
  const [newest] = await defaultSecrets(scene.deps, scene.support.secrets, owner);
  const made = all.map((one) => (one.kind === "written" ? one.value[0] : null));
  expect(new Set(made).size).toBe(3);
  expect(made).toContain(newest);
  expect(await rotate("a")).toMatchObject({ kind: "repeated" });
  expect((await defaultSecrets(scene.deps, scene.support.secrets, owner))[0]).toBe(newest);
});
