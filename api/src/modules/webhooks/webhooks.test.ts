import { describe, expect, test } from "bun:test";
import { AppError, type Scope } from "@vidferry/core";
import { newJob } from "@vidferry/testing/conformance";
import { type Auth, createOpenAuth } from "../../auth/auth.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { idOf } from "../../testing/samples.ts";

/** Keys are the owner's name and the scope. */
const auth: Auth = {
  ...createOpenAuth(),
  mode: "keys",
  authenticate: async ({ headers }) => {
    const [owner, scope] = headers.get("x-api-key")?.split(" ") ?? [];
    if (owner === undefined) throw new AppError("unauthorized");
    return { owner, scopes: [scope as Scope], keyId: idOf("key", 1), secretHash: null };
  },
};

function start() {
  const { app, service } = createHarness({ auth });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    await app.request(`/api/v1${path}`, {
      method,
      headers: {
        "x-api-key": "ada webhooks",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const create = async (body: object = { url: "https://hooks.example.com/x" }) => {
    const response = await call("POST", "/webhooks", body);
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string; secret: string };
  };
  /** A canceled job of ada, whose request named an address. */
  const jobWithAddress = async () => {
    const fresh = newJob({ owner: "ada" }, { webhookUrl: "https://hooks.example.com/job" });
    await service.database.jobs.create(fresh);
    await service.database.jobs.move(fresh.id, null, "cancel");
    const [delivery] = await service.database.deliveries.list(fresh.id, 1);
    return { id: fresh.id, deliveryId: delivery?.id };
  };
  return { service, call, create, jobWithAddress };
}

describe("webhooks", () => {
  test("are made with a secret that is shown once, and listed without it", async () => {
    const { call, create } = start();
    const { id, secret, ...shown } = await create();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toMatchObject({
      url: "https://hooks.example.com/x",
      events: ["job.succeeded", "job.failed", "job.canceled"],
      enabled: true,
      disabledReason: null,
    });
    expect(await (await call("GET", `/webhooks/${id}`)).json()).toEqual({ id, ...shown });
    expect(await (await call("GET", "/webhooks")).json()).toEqual({ data: [{ id, ...shown }] });
  });

  test("a request that comes again with its key makes one, and shows the same secret", async () => {
    const { call } = start();
    const body = { url: "https://hooks.example.com/x" };
    const answers = [];
    for (let count = 0; count < 2; count += 1) {
      answers.push(await (await call("POST", "/webhooks", body, { "idempotency-key": "k1" })).json());
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(((await (await call("GET", "/webhooks")).json()) as { data: unknown[] }).data).toHaveLength(1);
    await expectProblem(
      await call("POST", "/webhooks", { url: "https://other.example.com/" }, { "idempotency-key": "k1" }),
      422,
      "idempotency_conflict",
    );
  });

  test("blocked egresses are told of to operators alone, and nobody else changes a webhook that is", async () => {
    const { call } = start();
    const url = "https://hooks.example.com/x";
    const body = { url, events: ["job.failed", "egress.blocked"] };
    const refused = await expectProblem(await call("POST", "/webhooks", body), 403, "forbidden");
    expect(refused.detail).toContain("`egress.blocked`");
    const admin = { "x-api-key": "ada admin" };
    const made = await call("POST", "/webhooks", body, admin);
    const { id } = (await made.json()) as { id: string };
    for (const patch of [{ url: "https://mine.example.com/" }, { enabled: true }, { events: ["egress.blocked"] }])
      await expectProblem(await call("PATCH", `/webhooks/${id}`, patch), 403, "forbidden");
    expect(await (await call("GET", `/webhooks/${id}`)).json()).toMatchObject(body);
    await expectProblem(
      await call("PATCH", `/webhooks/${id}`, { enabled: false }, { "x-api-key": "bob admin" }),
      404,
      "not_found",
    );
    const changed = await call("PATCH", `/webhooks/${id}`, { description: "ops" }, admin);
    expect(await changed.json()).toMatchObject({ ...body, description: "ops" });
    const plain = await call("POST", "/webhooks", { url });
    const other = ((await plain.json()) as { id: string }).id;
    await expectProblem(await call("PATCH", `/webhooks/${other}`, { events: ["egress.blocked"] }), 403, "forbidden");
  });

  test("addresses that may not be reached are refused by the field's name", async () => {
    const { call, create } = start();
    const { id } = await create();
    for (const url of [
      "http://hooks.example.com/",
      "https://127.0.0.1/",
      "https://169.254.169.254/",
      "https://[::1]/",
      "https://0x7f000001/",
      "https://user:password@hooks.example.com/",
      "ftp://hooks.example.com/",
      "hooks.example.com",
      `https://hooks.example.com/${"x".repeat(2048)}`,
    ]) {
      const problem = await expectProblem(await call("POST", "/webhooks", { url }), 422, "invalid_request");
      expect({ url, path: problem.errors?.[0]?.path }).toEqual({ url, path: "/url" });
      await expectProblem(await call("PATCH", `/webhooks/${id}`, { url }), 422, "invalid_request");
    }
    await expectProblem(
      await call("POST", "/webhooks", { url: "https://hooks.example.com/", events: ["job.started"] }),
      422,
      "invalid_request",
    );
  });

  test("change, are disabled and come back", async () => {
    const { call, create } = start();
    const { id } = await create();
    const change = async (body: object) => await (await call("PATCH", `/webhooks/${id}`, body)).json();
    expect(await change({ events: ["job.failed"], description: "alerts" })).toMatchObject({ events: ["job.failed"] });
    expect(await change({ enabled: false })).toMatchObject({ enabled: false, disabledReason: "by_owner" });
    await expectProblem(await call("POST", `/webhooks/${id}/test`), 409, "invalid_state");
    expect(await change({ enabled: true })).toMatchObject({ enabled: true, disabledReason: null });
    expect((await call("DELETE", `/webhooks/${id}`)).status).toBe(204);
    await expectProblem(await call("GET", `/webhooks/${id}`), 404, "not_found");
  });

  test("a rotation shows a new secret, and until when the old one signs", async () => {
    const { call, create } = start();
    const { id, secret } = await create();
    const rotated = (await (await call("POST", `/webhooks/${id}/rotate`)).json()) as Record<string, unknown>;
    expect(rotated).toMatchObject({
      id,
      secret: expect.stringMatching(/^whsec_/),
      secretExpiresAt: expect.any(String),
    });
    expect(rotated["secret"]).not.toBe(secret);
    const at = await (await call("POST", `/webhooks/${id}/rotate`, { overlapSeconds: 0 })).json();
    expect(at).toMatchObject({ secretExpiresAt: null });
  });

  test("what is done to them is told to the audit log, without secrets and addresses", async () => {
    const { call, create, service } = start();
    const { id, secret } = await create({ url: "https://hooks.example.com/hidden-path?token=hidden" });
    await call("PATCH", `/webhooks/${id}`, { description: "alerts", enabled: false });
    const rotated = (await (await call("POST", `/webhooks/${id}/rotate`)).json()) as { secret: string };
    const ofOwner = (await (await call("POST", "/webhooks/secret/rotate", {})).json()) as { secret: string };
    await call("DELETE", `/webhooks/${id}`);
    expect((await call("DELETE", `/webhooks/${id}`)).status).toBe(404);

    const entries = await service.database.audit.list({ limit: 20 });
    const told: object[] = entries.map(({ action, subject, detail }) => ({ action, subject, detail }));
    // Those of one millisecond come in any order.
    const byName = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
    const expected = [
      {
        action: "webhook.created",
        subject: id,
        detail: { host: "hooks.example.com", events: "job.succeeded job.failed job.canceled" },
      },
      {
        action: "webhook.changed",
        subject: id,
        detail: { host: "hooks.example.com", changed: "description enabled" },
      },
      { action: "webhook.rotated", subject: id, detail: { overlapSeconds: 86_400 } },
      { action: "webhook.rotated", subject: null, detail: { overlapSeconds: 86_400 } },
      { action: "webhook.deleted", subject: id, detail: {} },
    ];
    expect(told.toSorted(byName)).toEqual(expected.toSorted(byName));
    expect(entries.every(({ by, owner }) => by.keyId === idOf("key", 1) && owner === "ada")).toBe(true);
    for (const hidden of [secret, rotated.secret, ofOwner.secret, "hidden"])
      expect(JSON.stringify(entries)).not.toContain(hidden);
  });

  test("the default secret stays the same until it is rotated", async () => {
    const { call } = start();
    const get = async () => (await (await call("GET", "/webhooks/secret")).json()) as { secret: string };
    const first = await get();
    expect(await get()).toEqual(first);
    const rotated = await (await call("POST", "/webhooks/secret/rotate", {})).json();
    expect(rotated).toMatchObject({ previous: first.secret });
    expect(await get()).toEqual(rotated as { secret: string });
  });

  test("a test is a delivery, which is listed page by page and sent again", async () => {
    const { call, create } = start();
    const { id } = await create();
    for (let count = 0; count < 3; count += 1) expect((await call("POST", `/webhooks/${id}/test`)).status).toBe(202);
    const page = async (query: string) =>
      (await (await call("GET", `/webhooks/${id}/deliveries?${query}`)).json()) as {
        data: { id: string; state: string; type: string }[];
        nextCursor: string | null;
      };
    const first = await page("limit=2");
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([2, 1, null]);
    expect(first.data[0]).toMatchObject({ type: "webhook.test", state: "pending" });
    const again = await call("POST", `/webhooks/${id}/deliveries/${first.data[0]?.id}/replay`);
    expect(again.status).toBe(202);
    await expectProblem(await call("GET", `/webhooks/${id}/deliveries?cursor=x`), 422, "invalid_request");
    await expectProblem(await call("POST", `/webhooks/${id}/deliveries/dlv_x/replay`), 404, "not_found");
  });

  test("nothing is sent again while it is disabled", async () => {
    const { call, create } = start();
    const { id } = await create();
    const delivery = (await (await call("POST", `/webhooks/${id}/test`)).json()) as { id: string };
    await call("PATCH", `/webhooks/${id}`, { enabled: false });
    await expectProblem(await call("POST", `/webhooks/${id}/deliveries/${delivery.id}/replay`), 409, "invalid_state");
  });

  test("belong to their owner, and need the scope", async () => {
    const { call, create } = start();
    const { id } = await create();
    await call("POST", `/webhooks/${id}/test`);
    const { data } = (await (await call("GET", `/webhooks/${id}/deliveries`)).json()) as { data: { id: string }[] };
    const bob = { "x-api-key": "bob webhooks" };
    for (const [method, path, body] of [
      ["GET", `/webhooks/${id}`],
      ["PATCH", `/webhooks/${id}`, { description: "mine" }],
      ["DELETE", `/webhooks/${id}`],
      ["POST", `/webhooks/${id}/rotate`],
      ["POST", `/webhooks/${id}/test`],
      ["GET", `/webhooks/${id}/deliveries`],
      ["POST", `/webhooks/${id}/deliveries/${data[0]?.id}/replay`],
    ] as const) {
      await expectProblem(await call(method, path, body, bob), 404, "not_found");
      await expectProblem(await call(method, path, body, { "x-api-key": "ada downloads:write" }), 403, "forbidden");
    }
    expect(await (await call("GET", "/webhooks", undefined, bob)).json()).toEqual({ data: [] });
  });

  test("deliveries to a download's own address are its owner's, listed and sent again", async () => {
    const { call, jobWithAddress } = start();
    const { id, deliveryId } = await jobWithAddress();
    const path = `/downloads/${id}/deliveries`;
    const page = await (await call("GET", `${path}?limit=1`)).json();
    expect(page).toMatchObject({ data: [{ id: deliveryId, jobId: id, type: "job.canceled" }], nextCursor: null });
    const again = await call("POST", `${path}/${deliveryId}/replay`);
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ id: deliveryId, state: "pending" });
    const unknown = `dlv_${"0".repeat(32)}`;
    await expectProblem(await call("POST", `${path}/${unknown}/replay`), 404, "not_found");
    for (const [method, to] of [
      ["GET", path],
      ["POST", `${path}/${deliveryId}/replay`],
    ] as const) {
      await expectProblem(await call(method, to, undefined, { "x-api-key": "bob webhooks" }), 404, "not_found");
      await expectProblem(await call(method, to, undefined, { "x-api-key": "ada downloads:read" }), 403, "forbidden");
    }
  });

  test("an owner has at most 25", async () => {
    const { call, create } = start();
    for (let count = 0; count < 25; count += 1) await create();
    await expectProblem(await call("POST", "/webhooks", { url: "https://a.example.com/" }), 429, "quota_exceeded");
  });
});
