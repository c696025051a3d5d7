import { describe, expect, test } from "bun:test";
import { isApiKeyText, KeyResource } from "@vidferry/core";
import { createOpenAuth } from "../../auth/auth.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { KeyPage, KeyWithSecret } from "./schemas.ts";

const path = "/api/v1/keys";

/** Makes a key over REST. */
async function made({ send }: ReturnType<typeof createHarness>, body: object = {}) {
  const response = await send("POST", path, { name: "one", ...body });
  expect(response.status).toBe(201);
  return KeyWithSecret.parse(await response.json());
}

describe("keys over REST", () => {
  test("a key is made with its secret shown once", async () => {
    const harness = createHarness();
    const response = await harness.send("POST", path, {
      name: "  web shop ",
      owner: "shop",
      scopes: ["read", "webhooks"],
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { secret, ...key } = KeyWithSecret.parse(await response.json());
    expect(isApiKeyText(secret)).toBe(true);
    expect(key).toMatchObject({
      name: "web shop",
      owner: "shop",
      scopes: ["downloads:read", "files:read", "webhooks"],
    });
    expect(key.lastFour).toBe(secret.slice(-4));
    expect(response.headers.get("location")).toBe(`${path}/${key.id}`);
    const read = await (await harness.send("GET", `${path}/${key.id}`)).text();
    expect(KeyResource.parse(JSON.parse(read))).toEqual(key);
    expect(read).not.toContain(secret);
  });

  test("what is wrong with a key is named by its field", async () => {
    const { send } = createHarness();
    const wrong: readonly [object, string][] = [
      [{}, "name"],
      [{ name: " " }, "name"],
      [{ name: "n", scopes: [] }, "scopes"],
      [{ name: "n", scopes: ["everything"] }, "scopes"],
      [{ name: "n", owner: "no blanks" }, "owner"],
      [{ name: "n", expiresAt: "tomorrow" }, "expiresAt"],
      [{ name: "n", expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
      [{ name: "n", allowedOrigins: ["https://app.example/path"] }, "allowedOrigins"],
      [{ name: "n", allowedOrigins: ["*"] }, "allowedOrigins"],
      [{ name: "n", allowedCidrs: ["10.0.0.0/33"] }, "allowedCidrs"],
      [{ name: "n", allowedCidrs: ["host.example"] }, "allowedCidrs"],
      [{ name: "n", secret: "vf_mine" }, "secret"],
    ];
    for (const [body, field] of wrong) {
      const problem = await expectProblem(await send("POST", path, body), 422, "invalid_request");
      expect(problem.errors?.[0]?.path).toContain(field);
    }
  });

  test("a list has no revoked keys unless they are asked for, page by page", async () => {
    const harness = createHarness();
    const keys = [await made(harness), await made(harness, { owner: "shop" }), await made(harness)];
    expect((await harness.send("DELETE", `${path}/${keys[0]?.id}`)).status).toBe(204);
    const list = async (query: string) => KeyPage.parse(await (await harness.send("GET", `${path}?${query}`)).json());
    expect((await list("")).data).toHaveLength(2);
    expect((await list("revoked=true")).data).toHaveLength(3);
    expect((await list("owner=shop")).data.map(({ id }) => id)).toEqual([keys[1]?.id ?? ""]);
    const first = await list("limit=1");
    expect(first.data).toHaveLength(1);
    const second = await list(`limit=1&cursor=${first.nextCursor}`);
    expect(second.data[0]?.id).not.toBe(first.data[0]?.id);
    expect(second.nextCursor).toBeNull();
    await expectProblem(await harness.send("GET", `${path}?cursor=abc`), 422, "invalid_request");
  });

  test("a revoked key is not found any more", async () => {
    const harness = createHarness();
    const { id } = await made(harness);
    expect((await harness.send("DELETE", `${path}/${id}`)).status).toBe(204);
    await expectProblem(await harness.send("GET", `${path}/${id}`), 404, "not_found");
    await expectProblem(await harness.send("DELETE", `${path}/${id}`), 404, "not_found");
    await expectProblem(await harness.send("PATCH", `${path}/${id}`, { name: "n" }), 404, "not_found");
    await expectProblem(await harness.send("POST", `${path}/${id}/rotate`), 404, "not_found");
    await expectProblem(await harness.send("GET", `${path}/x`), 404, "not_found");
  });

  test("a key is changed in what is given", async () => {
    const harness = createHarness();
    const { secret: _, ...key } = await made(harness, { expiresAt: "2099-01-01T00:00:00Z" });
    const response = await harness.send("PATCH", `${path}/${key.id}`, {
      expiresAt: null,
      allowedCidrs: ["10.0.0.0/8"],
    });
    expect(await response.json()).toEqual({ ...key, expiresAt: null, allowedCidrs: ["10.0.0.0/8"] });
  });

  test("a rotation leaves the secret before a day, or as long as was asked for", async () => {
    const harness = createHarness();
    const key = await made(harness);
    const day = KeyWithSecret.parse(await (await harness.send("POST", `${path}/${key.id}/rotate`)).json());
    expect(day.secret).not.toBe(key.secret);
    expect(Date.parse(day.previousSecretExpiresAt ?? "") - Date.now()).toBeWithin(86_390_000, 86_400_001);
    const none = KeyWithSecret.parse(
      await (await harness.send("POST", `${path}/${key.id}/rotate`, { overlapSeconds: 0 })).json(),
    );
    expect(none.previousSecretExpiresAt).toBeNull();
    const body = { overlapSeconds: 604_801 };
    await expectProblem(await harness.send("POST", `${path}/${key.id}/rotate`, body), 422, "invalid_request");
  });

  test("the last key with `admin` cannot be revoked, demoted or given an end; with another one it can", async () => {
    const harness = createHarness();
    const admin = await made(harness, { scopes: ["admin"] });
    const at = `${path}/${admin.id}`;
    const attempts = [
      () => harness.send("DELETE", at),
      () => harness.send("PATCH", at, { scopes: ["write"] }),
      () => harness.send("PATCH", at, { expiresAt: "2099-01-01T00:00:00Z" }),
    ];
    for (const attempt of attempts) await expectProblem(await attempt(), 409, "invalid_state");
    expect((await harness.send("PATCH", at, { name: "other", scopes: ["admin", "read"] })).status).toBe(200);
    await made(harness, { scopes: ["admin"] });
    expect((await harness.send("DELETE", at)).status).toBe(204);
  });

  test("a key cannot shut itself out by its own request", async () => {
    const base = createHarness();
    const { id } = await made(base, { scopes: ["admin"] });
    const auth = {
      ...createOpenAuth(),
      mode: "keys" as const,
      authenticate: async () => ({
        owner: "o",
        scopes: ["admin" as const],
        keyId: id as `key_${string}`,
        secretHash: null,
      }),
    };
    const { app, service } = createHarness({ auth });
    Object.assign(service, { keys: base.service.keys });
    const patch = (body: object) =>
      app.request(
        `${path}/${id}`,
        {
          method: "PATCH",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", origin: "https://app.example" },
        },
        { address: "192.0.2.1" },
      );
    for (const body of [{ allowedCidrs: ["10.0.0.0/8"] }, { allowedOrigins: ["https://other.example"] }]) {
      await expectProblem(await patch(body), 422, "invalid_request");
    }
    expect((await patch({ allowedCidrs: ["192.0.2.0/24"], allowedOrigins: ["https://app.example"] })).status).toBe(200);
  });
});
