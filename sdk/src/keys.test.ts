import { describe, expect, test } from "bun:test";
import { json, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

function client(...steps: readonly Step[]) {
  const { fetch, sent } = scriptedFetch(...steps);
  return { vidferry: new Vidferry({ baseUrl: "http://service.test", fetch }), sent };
}

const key = { id: "key_1", name: "ci" };

describe("keys", () => {
  test("are made, read, changed and revoked at their addresses", async () => {
    const { vidferry, sent } = client(
      json({ ...key, secret: "vf_1" }, 201),
      json(key),
      json({ ...key, name: "cd" }),
      () => new Response(null, { status: 204 }),
    );
    expect((await vidferry.keys.create({ name: "ci" })).secret).toBe("vf_1");
    expect((await vidferry.keys.get("key_1")).name).toBe("ci");
    expect((await vidferry.keys.update("key_1", { name: "cd" })).name).toBe("cd");
    await vidferry.keys.revoke("key_1");
    expect(sent.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      "POST /api/v1/keys",
      "GET /api/v1/keys/key_1",
      "PATCH /api/v1/keys/key_1",
      "DELETE /api/v1/keys/key_1",
    ]);
  });

  test("get a new secret, with a day for the one before unless told otherwise", async () => {
    const { vidferry, sent } = client(json({ ...key, secret: "vf_2" }), json({ ...key, secret: "vf_3" }));
    expect((await vidferry.keys.rotate("key_1")).secret).toBe("vf_2");
    await vidferry.keys.rotate("key_1", { overlapSeconds: 0, idempotencyKey: "mine" });
    expect(sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual([expect.any(String), "mine"]);
  });

  test("are listed page by page", async () => {
    const { vidferry, sent } = client(
      json({ data: [key], nextCursor: "c1" }),
      json({ data: [{ ...key, id: "key_0" }], nextCursor: null }),
    );
    const seen: string[] = [];
    for await (const { id } of vidferry.keys.list({ revoked: false })) seen.push(id);
    expect(seen).toEqual(["key_1", "key_0"]);
    expect(sent.map(({ url }) => url.search)).toEqual(["?revoked=false", "?revoked=false&cursor=c1"]);
  });
});

test("the quota and the archive of a job are had at their addresses", async () => {
  const { vidferry, sent } = client(json({ owner: "ada" }), () => new Response("PK"));
  expect((await vidferry.quota()).owner).toBe("ada");
  expect(await (await vidferry.downloads.archive("job_1")).text()).toBe("PK");
  expect(sent.map(({ url }) => url.pathname)).toEqual(["/api/v1/quota", "/api/v1/downloads/job_1/archive"]);
});
