import { describe, expect, test } from "bun:test";
import {
  createApiKey,
  createSecretBox,
  defaultHostPolicy,
  readRequest,
  type Scope,
  scopes,
  submitJob,
} from "@vidferry/core";
import { createWebhookSender } from "@vidferry/core/webhooks";
import { createServiceFixture } from "@vidferry/testing";
import { anArtifact, aResult, attemptOf } from "@vidferry/testing/conformance";
import { createApp } from "./app.ts";
import { createKeyAuth } from "./auth/keys.ts";
import { defaultApiConfig } from "./config.ts";
import { createService } from "./create-service.ts";
import { idOf } from "./testing/samples.ts";

interface Operation {
  readonly "x-required-scope"?: Scope;
  readonly security: readonly Record<string, readonly Scope[]>[];
  readonly requestBody?: {
    readonly content: {
      readonly "application/json": { readonly examples?: Record<string, { readonly value: unknown }> };
    };
  };
}

/** The service over real use cases and a real store, with a job of ada's that has a file, and keys for her and others. */
async function withJobOfAda() {
  const fixture = await createServiceFixture();
  const webhookSupport = {
    secrets: createSecretBox(async () => ["k".repeat(32)]),
    sender: createWebhookSender({ allowPrivateHosts: [] }),
    publicUrl: null,
    refused: null,
  };
  const deps = { ...fixture.deps, webhookSupport };
  const artifact = { ...anArtifact, id: idOf("art", 77), storageKey: `${idOf("job", 77)}/1/${idOf("art", 77)}.mp4` };
  const url = "https://www.youtube.com/watch?v=adassecret1";
  const policy = { hosts: defaultHostPolicy, maxAttempts: 3 };
  const request = readRequest({ url });
  const { job } = await submitJob(deps, policy, {
    ...{ owner: "ada", request, written: { url }, idempotencyKey: null, requestId: null },
  });
  await deps.database.attempts.succeed(attemptOf(await fixture.claim(job)), { ...aResult, artifacts: [artifact] });
  const keyOf = async (owner: string, granted: readonly Scope[]): Promise<string> => {
    const { key, secret } = await createApiKey(deps, { name: owner, owner, scopes: granted });
    await deps.database.keys.insert(key);
    return secret;
  };
  const probe = () => Promise.reject(new Error("no probe here"));
  const app = createApp({
    service: createService(deps, { hosts: defaultHostPolicy, maxAttempts: 3, linkSeconds: 60, probe }),
    auth: createKeyAuth({ keys: deps.database.keys, clock: deps.clock, logger: deps.logger }),
    config: defaultApiConfig,
    logger: deps.logger,
  });
  const document = (await (await app.request("/openapi.json")).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.security.length > 0)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const send = (secret: string, method: string, path: string, { requestBody }: Operation) => {
    const [example] = Object.values(requestBody?.content["application/json"].examples ?? {});
    return app.request(path, {
      method,
      headers: { "x-api-key": secret, "content-type": "application/json" },
      ...(example === undefined ? {} : { body: JSON.stringify(example.value) }),
    });
  };
  const ask = async <T>(secret: string, method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { "x-api-key": secret, "content-type": "application/json" };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await (await app.request(`/api/v1${path}`, { method, headers, ...json })).json()) as T;
  };
  const hooks = await keyOf("ada", ["webhooks"]);
  const webhook = await ask<{ id: string }>(hooks, "POST", "/webhooks", { url: "https://hooks.example.com/ada" });
  const delivery = await ask<{ id: string }>(hooks, "POST", `/webhooks/${webhook.id}/test`);
  const schedule = await ask<{ id: string }>(await keyOf("ada", ["downloads:write"]), "POST", "/schedules", {
    ...{ name: "adassecret2", cron: "0 6 * * *", download: { url } },
  });
  const batch = await ask<{ id: string }>(await keyOf("ada", ["downloads:write"]), "POST", "/batches", {
    urls: ["https://www.youtube.com/watch?v=adassecret3"],
  });
  /** The path with these ids, each where it belongs. */
  const fill = (
    path: string,
    ids: Readonly<Record<"job" | "artifact" | "webhook" | "delivery" | "schedule" | "batch", string>>,
  ) =>
    path
      .replace(/(?<=\/schedules\/)\{id\}/, ids.schedule)
      .replace(/(?<=\/batches\/)\{id\}/, ids.batch)
      .replace(/(?<=\/(downloads|status)\/)\{id\}/, ids.job)
      .replace(/(?<=\/webhooks\/)\{id\}/, ids.webhook)
      .replace("{artifactId}", ids.artifact)
      .replace("{deliveryId}", ids.delivery);
  const ids = {
    job: job.id,
    artifact: artifact.id,
    webhook: webhook.id,
    delivery: delivery.id,
    schedule: schedule.id,
    batch: batch.id,
  };
  return { fixture, deps, job, artifact, ids, keyOf, operations, send, ask, fill };
}

const scopeOf = (operation: Operation): Scope | undefined => operation["x-required-scope"];

describe("every operation of the document", () => {
  test("answers with another owner's ids as with ids that never existed, and changes nothing", async () => {
    const { fixture, deps, job, ids, keyOf, operations, send, fill } = await withJobOfAda();
    await using _ = fixture;
    const bob = await keyOf("bob", ["downloads:read", "downloads:write", "files:read", "webhooks"]);
    const state = async () => [
      await deps.database.jobs.get(job.id, "ada"),
      await deps.database.webhooks.get(ids.webhook as `whk_${string}`, "ada"),
      await deps.database.schedules.get(ids.schedule as `sch_${string}`, "ada"),
    ];
    const before = await state();
    const unknown = {
      job: idOf("job", 4711),
      artifact: idOf("art", 4711),
      webhook: idOf("job", 4711).replace("job", "whk"),
      delivery: idOf("job", 4711).replace("job", "dlv"),
      schedule: idOf("job", 4711).replace("job", "sch"),
      batch: idOf("job", 4711).replace("job", "bat"),
    };
    for (const { method, path, operation } of operations) {
      if (!path.includes("{") || scopeOf(operation) === "admin") continue;
      const answers = await Promise.all(
        [fill(path, ids), fill(path, unknown)].map(async (at) => {
          expect(at).not.toContain("{");
          const response = await send(bob, method, at, operation);
          const body = (await response.text()).replaceAll(/(job|art|whk|dlv|sch|bat|req)_[0-9a-f]{32}/g, "$1");
          return { what: `${method} ${path}`, status: response.status, body };
        }),
      );
      expect(answers[0]).toEqual({ ...(answers[1] as (typeof answers)[0]), status: 404 });
    }
    expect(await state()).toEqual(before);
  });

  test("shows nothing of another owner's in what it lists", async () => {
    const { fixture, job, keyOf, operations, send } = await withJobOfAda();
    await using _ = fixture;
    const bob = await keyOf("bob", ["downloads:read", "downloads:write", "files:read", "webhooks"]);
    const ada = await keyOf("ada", ["downloads:read"]);
    const seenBy = async (secret: string, path: string, operation: Operation): Promise<string> => {
      const response = await send(secret, "GET", path, operation);
      const reader = response.body?.getReader();
      let text = "";
      // A stream of events does not end: it begins with what there is.
      for (const isStream = response.headers.get("content-type") === "text/event-stream"; ; ) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return text;
        text += new TextDecoder().decode(value as Uint8Array);
        if (!isStream || !text.includes("event: snapshot")) continue;
        await reader?.cancel();
        return text;
      }
    };
    let isSeen = false;
    for (const { method, path, operation } of operations) {
      if (method !== "GET" || path.includes("{") || scopeOf(operation) === "admin") continue;
      const text = await seenBy(bob, path, operation);
      for (const secret of [job.id, "adassecret1", "adassecret2", '"ada"'])
        expect({ path, holds: text.includes(secret) }).toEqual({ path, holds: false });
      if (scopeOf(operation) === "downloads:read") isSeen ||= (await seenBy(ada, path, operation)).includes(job.id);
    }
    expect(isSeen).toBe(true);
  });

  test("is led nowhere by another owner's cursors, and bulk changes pass over another owner's jobs", async () => {
    const { fixture, deps, job, keyOf, ask } = await withJobOfAda();
    await using _ = fixture;
    const ada = await keyOf("ada", ["downloads:read", "downloads:write"]);
    const bob = await keyOf("bob", ["downloads:read", "downloads:write"]);
    for (let count = 0; count < 2; count += 1)
      await ask(ada, "POST", "/downloads", { url: "https://www.youtube.com/watch?v=adassecret2" });
    const { nextCursor } = await ask<{ nextCursor: string }>(ada, "GET", "/downloads?limit=1");
    expect(nextCursor).toBeString();
    const page = await ask<{ data?: unknown[] }>(bob, "GET", `/downloads?limit=1&cursor=${nextCursor}`);
    expect(page.data ?? []).toEqual([]);
    for (const action of ["cancel", "delete", "retry"]) {
      const byId = await ask<{ data: { error: { code: string } }[] }>(bob, "POST", "/downloads/bulk", {
        action,
        ids: [job.id],
      });
      expect(byId.data.map(({ error }) => error.code)).toEqual(["not_found"]);
      expect(await ask(bob, "POST", "/downloads/bulk", { action, filter: {} })).toMatchObject({
        data: [],
        remaining: 0,
      });
    }
    expect((await deps.database.jobs.list({ owner: "ada", limit: 10 })).map(({ state }) => state)).toEqual([
      "queued",
      "queued",
      "succeeded",
    ]);
  });

  test("is refused without a key, and to a key that has every scope but the one it needs", async () => {
    const { fixture, job, artifact, keyOf, operations, send } = await withJobOfAda();
    await using _ = fixture;
    for (const { method, path, operation } of operations) {
      const needed = scopeOf(operation);
      if (needed === undefined) continue;
      const secret = await keyOf(
        "ada",
        scopes.filter((scope) => scope !== needed && scope !== "admin"),
      );
      const at = path
        .replace("{id}", job.id)
        .replace("{artifactId}", artifact.id)
        .replaceAll(/\{\w+\}/g, "ada");
      const { status } = await send(secret, method, at, operation);
      expect({ method, path, status }).toEqual({ method, path, status: 403 });
      const strange = await send("", method, at, operation);
      expect({ method, path, status: strange.status }).toEqual({ method, path, status: 401 });
    }
  });
});
