import { describe, expect, test } from "bun:test";
import { type ApiKey, createApiKey, hashApiKey, type KeyScope, scopes } from "@vidferry/core";
import { createHarness, expectProblem } from "../testing/harness.ts";
import { idOf, makeJob, makeKey } from "../testing/samples.ts";
import { createKeyAuth } from "./keys.ts";

async function newSecret(): Promise<string> {
  const ids = { next: <P extends string>(prefix: P) => `${prefix}_${"0".repeat(32)}` as const };
  const clock = { now: () => new Date(0), sleep: async () => undefined };
  return (await createApiKey({ ids, clock }, { name: "test" })).secret;
}

async function withKey(scopes: readonly KeyScope[], bounds: Partial<ApiKey> = {}) {
  const secret = await newSecret();
  const stored = new Map<string, ApiKey>();
  const hash = await hashApiKey(secret);
  stored.set(hash, { ...makeKey(hash, scopes), ...bounds });
  const asked: string[] = [];
  const noted: string[] = [];
  let now = 0;
  const auth = createKeyAuth({
    keys: {
      findByHash: async (candidate) => {
        asked.push(candidate);
        return stored.get(candidate) ?? null;
      },
      working: async () => [],
      changed: async () => [],
      noteUse: async (keyId) => void noted.push(keyId),
    },
    clock: { now: () => new Date(now) },
    logger: { warn: () => undefined },
  });
  const harness = createHarness({ auth });
  const bearer = { Authorization: `Bearer ${secret}` };
  return { ...harness, secret, hash, stored, asked, noted, bearer, advance: (ms: number) => (now += ms) };
}

const id = idOf("job", 1);
const workerId = `wrk_${"1".repeat(32)}`;
const protectedRoutes = [
  ["POST", "/api/v1/downloads", "downloads:write"],
  ["POST", "/api/v1/download", "downloads:write"],
  ["GET", "/api/v1/downloads", "downloads:read"],
  ["GET", `/api/v1/downloads/${id}`, "downloads:read"],
  ["GET", `/api/v1/status/${id}`, "downloads:read"],
  ["GET", `/api/v1/downloads/${id}/events`, "downloads:read"],
  ["GET", "/api/v1/events", "downloads:read"],
  ["POST", "/api/v1/tickets", "downloads:read"],
  ["GET", `/api/v1/downloads/${id}/files/${idOf("art", 1)}`, "files:read"],
  ["POST", `/api/v1/downloads/${id}/files/${idOf("art", 1)}/link`, "files:read"],
  ["GET", `/api/v1/downloads/${id}/archive`, "files:read"],
  ["POST", `/api/v1/downloads/${id}/cancel`, "downloads:write"],
  ["POST", `/api/v1/downloads/${id}/pause`, "downloads:write"],
  ["POST", `/api/v1/downloads/${id}/resume`, "downloads:write"],
  ["POST", `/api/v1/downloads/${id}/retry`, "downloads:write"],
  ["DELETE", `/api/v1/downloads/${id}`, "downloads:write"],
  ["GET", "/api/v1/downloads/counts", "downloads:read"],
  ["POST", "/api/v1/downloads/bulk", "downloads:write"],
  ["PATCH", `/api/v1/downloads/${id}`, "downloads:write"],
  ["POST", "/api/v1/probe", "downloads:write"],
  ["GET", `/ws/progress/${id}`, "downloads:read"],
  ["GET", "/ws/events", "downloads:read"],
  ["GET", "/metrics", "admin"],
  ["PUT", "/api/v1/log-level", "admin"],
  ["GET", "/api/v1/accounts/shop", "admin"],
  ["PATCH", "/api/v1/accounts/shop", "admin"],
  ["POST", "/api/v1/keys", "admin"],
  ["GET", "/api/v1/keys", "admin"],
  ["GET", `/api/v1/keys/${idOf("key", 1)}`, "admin"],
  ["PATCH", `/api/v1/keys/${idOf("key", 1)}`, "admin"],
  ["DELETE", `/api/v1/keys/${idOf("key", 1)}`, "admin"],
  ["POST", `/api/v1/keys/${idOf("key", 1)}/rotate`, "admin"],
  ["GET", "/api/v1/stats", "downloads:read"],
  ["GET", "/api/v1/history", "downloads:read"],
  ["GET", "/api/v1/audit", "admin"],
  ["GET", "/api/v1/workers", "admin"],
  ["GET", "/api/v1/queue", "admin"],
  ["GET", "/api/v1/engines", "admin"],
  ["GET", "/api/v1/storage", "admin"],
  ["POST", `/api/v1/workers/${workerId}/drain`, "admin"],
] as const;

describe("keys", () => {
  test.each(protectedRoutes)("%s %s needs a key with the scope", async (method, path, scope) => {
    const { send, bearer, service } = await withKey(scopes.filter((other) => other !== scope && other !== "admin"));
    const missing = await send(method, path);
    expect(missing.headers.get("www-authenticate")).toStartWith("Bearer");
    await expectProblem(missing, 401, "unauthorized");
    const refused = await send(method, path, undefined, bearer);
    expect(refused.headers.get("www-authenticate")).toContain("insufficient_scope");
    expect((await expectProblem(refused, 403, "forbidden")).detail).toContain(`\`${scope}\``);
    expect(service.submitted).toEqual([]);
  });

  test.each(["/", "/health", "/health/detailed", "/livez", "/readyz", "/openapi.json", "/docs"])(
    "%s needs none",
    async (path) => {
      const { send } = await withKey([]);
      expect((await send("GET", path)).status).toBe(200);
    },
  );

  test("a key comes as a bearer token or in X-API-Key, and names the owner", async () => {
    const { send, bearer, secret, service } = await withKey(["read", "write"]);
    const url = "https://youtu.be/dQw4w9WgXcQ";
    expect((await send("POST", "/api/v1/downloads", { url }, bearer)).status).toBe(202);
    expect((await send("POST", "/api/v1/downloads", { url }, { "X-API-Key": secret })).status).toBe(202);
    expect(service.submitted.map((command) => command.owner)).toEqual(["alice", "alice"]);
    const foreign = makeJob(9);
    service.jobs.set(foreign.id, foreign);
    await expectProblem(await send("GET", `/api/v1/downloads/${foreign.id}`, undefined, bearer), 404, "not_found");
  });

  test("a key comes as an offered protocol where a browser can set no header", async () => {
    const { send, secret, service } = await withKey(["read"]);
    const job = makeJob(1, { owner: "alice" });
    service.jobs.set(job.id, job);
    const headers = { "Sec-WebSocket-Protocol": `vidferry, bearer.${secret}` };
    // Without a server the upgrade cannot complete; but the key was accepted.
    await expectProblem(await send("GET", `/ws/progress/${job.id}`, undefined, headers), 422, "invalid_request");
  });

  test("`admin` may do everything, the aliases of earlier versions what they always could", async () => {
    for (const scope of ["admin", "write", "read"] as const) {
      const { send, bearer } = await withKey([scope]);
      expect((await send("GET", "/api/v1/downloads", undefined, bearer)).status).toBe(200);
    }
  });

  test("texts that cannot be keys never reach the store", async () => {
    const { send, secret, asked } = await withKey(["read"]);
    const flipped = secret.slice(0, 5) + (secret[5] === "a" ? "b" : "a") + secret.slice(6);
    for (const text of [flipped, "vf_short", "' OR 1=1 --", "x".repeat(5_000)]) {
      await expectProblem(
        await send("GET", "/api/v1/downloads", undefined, { "X-API-Key": text }),
        401,
        "unauthorized",
      );
    }
    for (const header of ["Basic dXNlcjpwYXNz", "Bearer", `Bearer${secret}`]) {
      const response = await send("GET", "/api/v1/downloads", undefined, { Authorization: header });
      await expectProblem(response, 401, "unauthorized");
    }
    expect(asked).toEqual([]);
  });

  test("an unknown key is refused, also when the store answers with another one", async () => {
    const { send, stored, hash } = await withKey(["read"]);
    const other = await newSecret();
    const headers = { "X-API-Key": other };
    await expectProblem(await send("GET", "/api/v1/downloads", undefined, headers), 401, "unauthorized");
    const found = stored.get(hash);
    if (found !== undefined) stored.set(await hashApiKey(other), found);
    await expectProblem(await send("GET", "/api/v1/downloads", undefined, headers), 401, "unauthorized");
  });

  test("a revoked key works for a second at most", async () => {
    const { send, stored, hash, bearer, asked, advance } = await withKey(["read"]);
    const look = () => send("GET", "/api/v1/downloads", undefined, bearer);
    expect((await look()).status).toBe(200);
    stored.delete(hash);
    expect((await look()).status).toBe(200);
    expect(asked).toHaveLength(1);
    advance(1_001);
    await expectProblem(await look(), 401, "unauthorized");
  });

  test("many requests with one key at once ask the store once", async () => {
    const { send, asked, bearer } = await withKey(["read"]);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => send("GET", "/api/v1/downloads", undefined, bearer)),
    );
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(asked).toHaveLength(1);
  });

  test("the last use of a key is noted once a minute", async () => {
    const { send, noted, bearer, advance } = await withKey(["read"]);
    const look = () => send("GET", "/api/v1/downloads", undefined, bearer);
    await look();
    advance(59_000);
    await look();
    expect(noted).toEqual([idOf("key", 1)]);
    advance(2_000);
    await look();
    expect(noted).toHaveLength(2);
  });

  test("the secret before a rotation is let in with the key that it belongs to", async () => {
    const { send, secret, stored, hash } = await withKey(["read"]);
    const key = stored.get(hash);
    if (key !== undefined) stored.set(hash, { ...key, hash: "new", previous: { hash, until: new Date(1) } });
    expect((await send("GET", "/api/v1/downloads", undefined, { "X-API-Key": secret })).status).toBe(200);
  });

  test("a key with networks works from these alone, and from nowhere when the address is not known", async () => {
    const { app, send, bearer } = await withKey(["read"], {
      allowedCidrs: ["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"],
    });
    const from = async (address: string) =>
      (await app.request("/api/v1/downloads", { headers: bearer }, { address })).status;
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1"])
      expect(await from(address)).toBe(200);
    for (const address of ["10.2.0.1", "192.0.2.8", "2001:db9::1", "::1", "127.0.0.1"])
      expect(await from(address)).toBe(403);
    await expectProblem(await send("GET", "/api/v1/downloads", undefined, bearer), 403, "forbidden");
  });

  test("a key with origins works on their pages and in programs, and on no other page", async () => {
    const { send, bearer } = await withKey(["read"], { allowedOrigins: ["https://app.example"] });
    const of = async (origin: Record<string, string>) =>
      (await send("GET", "/api/v1/downloads", undefined, { ...bearer, ...origin })).status;
    expect(await of({})).toBe(200);
    expect(await of({ Origin: "https://app.example" })).toBe(200);
    expect(await of({ Origin: "https://app.example.evil.test" })).toBe(403);
    expect(await of({ Origin: "null" })).toBe(403);
  });

  test("a key never shows up in the log", async () => {
    const { send, bearer, secret, logger } = await withKey(["read"]);
    await send("GET", "/api/v1/downloads", undefined, bearer);
    await send("DELETE", `/api/v1/downloads/${id}`, undefined, bearer);
    expect(JSON.stringify(logger.lines)).not.toContain(secret);
  });
});
