import { describe, expect, test } from "bun:test";
import { AppError, createApiKey, hashApiKey, type KeyScope } from "@vidferry/core";
import { createOpenAuth } from "../../auth/auth.ts";
import { createKeyAuth } from "../../auth/keys.ts";
import type { ApiConfig } from "../../config.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { makeKey } from "../../testing/samples.ts";

const own = "http://localhost";
const foreign = "https://evil.example";

/** A service with one key, and a browser that keeps cookies. */
async function setUp(scopes: readonly KeyScope[] = ["read", "write"], config: Partial<ApiConfig> = {}) {
  const ids = { next: <P extends string>(prefix: P) => `${prefix}_${"0".repeat(32)}` as const };
  const clock = { now: () => new Date(0), sleep: async () => undefined };
  const { secret } = await createApiKey({ ids, clock }, { name: "test" });
  const hash = await hashApiKey(secret);
  const keys = new Map([[hash, makeKey(hash, scopes)]]);
  let now = 0;
  const auth = createKeyAuth({
    keys: {
      findByHash: async (candidate) => keys.get(candidate) ?? null,
      working: async () => [],
      changed: async () => [],
      noteUse: async () => undefined,
    },
    clock: { now: () => new Date(now) },
    logger: { warn: () => undefined },
  });
  const harness = createHarness({ auth, config });
  const signIn = (body: unknown, headers: Record<string, string> = { origin: own }) =>
    harness.send("POST", "/api/v1/session", body, headers);
  const cookieOf = (response: Response): string => response.headers.get("set-cookie") ?? "";
  const signedIn = async (): Promise<string> => cookieOf(await signIn({ key: secret })).split(";")[0] ?? "";
  const later = (): void => {
    now += 2_000;
  };
  return { ...harness, secret, keys, signIn, signedIn, cookieOf, later };
}

describe("a session", () => {
  test.each(["/session", "/api/v1/session"])("is made by POST %s with a key, and ended by DELETE", async (path) => {
    const { send, secret, cookieOf } = await setUp();
    const made = await send("POST", path, { key: secret }, { origin: own });
    expect(made.status).toBe(200);
    expect(await made.json()).toMatchObject({ auth: "keys", owner: "alice", scopes: expect.any(Array) });
    const cookie = cookieOf(made);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).toContain("Path=/");
    expect(cookie).not.toContain("Max-Age");
    const session = { cookie: cookie.split(";")[0] ?? "" };
    expect(await (await send("GET", path, undefined, session)).json()).toMatchObject({ owner: "alice" });
    expect((await send("GET", "/api/v1/downloads", undefined, session)).status).toBe(200);
    const ended = await send("DELETE", path, undefined, { ...session, origin: own });
    expect(ended.status).toBe(204);
    expect(cookieOf(ended)).toContain("Max-Age=0");
  });

  test("outlives the browser where that is wanted, and is sent over TLS alone where the service has it", async () => {
    const { signIn, secret, cookieOf } = await setUp(["read"], { publicUrl: "https://video.example/ferry" });
    const cookie = cookieOf(await signIn({ key: secret, remember: true }, { origin: "https://video.example" }));
    expect(cookie).toContain("Max-Age=2592000");
    expect(cookie).toContain("Secure");
    expect(cookie).toContain("Path=/ferry");
  });

  test("a wrong key makes none", async () => {
    const { signIn, secret, cookieOf } = await setUp();
    for (const key of ["vf_wrong", `${secret.slice(0, -1)}${secret.endsWith("a") ? "b" : "a"}`]) {
      const refused = await signIn({ key });
      expect(cookieOf(refused)).toBe("");
      await expectProblem(refused, 401, "unauthorized");
    }
    await expectProblem(await signIn({ key: secret, more: 1 }), 422, "invalid_request");
    await expectProblem(await signIn({ key: "x".repeat(70_000) }), 413, "payload_too_large");
  });

  test("ends with its key", async () => {
    const { send, signedIn, keys, later } = await setUp();
    const headers = { cookie: await signedIn() };
    expect((await send("GET", "/api/v1/downloads", undefined, headers)).status).toBe(200);
    keys.clear();
    later();
    await expectProblem(await send("GET", "/api/v1/downloads", undefined, headers), 401, "unauthorized");
  });

  test("may no more than its key", async () => {
    const { send, signedIn } = await setUp(["read"]);
    const headers = { cookie: await signedIn(), origin: own };
    const url = "https://youtu.be/dQw4w9WgXcQ";
    await expectProblem(await send("POST", "/api/v1/downloads", { url }, headers), 403, "forbidden");
  });

  test("counts for pages of the service alone, also where others may call the API", async () => {
    const { send, signedIn, service } = await setUp(["read", "write"], { corsOrigins: ["https://app.example"] });
    const cookie = await signedIn();
    const url = "https://youtu.be/dQw4w9WgXcQ";
    const post = (headers: Record<string, string>) =>
      send("POST", "/api/v1/downloads", { url }, { cookie, ...headers });
    for (const headers of [{}, { origin: foreign }, { origin: "https://app.example" }, { origin: "null" }]) {
      await expectProblem(await post(headers as Record<string, string>), 401, "unauthorized");
    }
    for (const headers of [{ origin: "https://app.example" }, { "sec-fetch-site": "same-site" }]) {
      const read = await send("GET", "/api/v1/downloads", undefined, {
        cookie,
        ...(headers as Record<string, string>),
      });
      await expectProblem(read, 401, "unauthorized");
    }
    expect(service.submitted).toEqual([]);
    expect((await post({ origin: own })).status).toBe(202);
  });

  test("is not made or ended by pages of others", async () => {
    const { send, signIn, secret, cookieOf } = await setUp();
    const refused = await signIn({ key: secret }, { origin: foreign });
    expect(cookieOf(refused)).toBe("");
    await expectProblem(refused, 403, "forbidden");
    await expectProblem(await send("DELETE", "/session", undefined, { origin: foreign }), 403, "forbidden");
  });

  test("a key that is sent goes before that of the session", async () => {
    const { send, signedIn } = await setUp();
    const headers = { cookie: await signedIn(), authorization: "Bearer vf_wrong" };
    await expectProblem(await send("GET", "/api/v1/session", undefined, headers), 401, "unauthorized");
  });

  test.each(["/session", "/api/v1/session"])("%s says what is the matter", async (path) => {
    const { app, send, secret } = await setUp();
    const origin = { origin: own };
    await expectProblem(await send("POST", path, { key: "vf_wrong" }, origin), 401, "unauthorized");
    await expectProblem(await send("POST", path, { key: secret }, { origin: foreign }), 403, "forbidden");
    await expectProblem(await send("POST", path, { key: "x".repeat(70_000) }, origin), 413, "payload_too_large");
    const text = { method: "POST", headers: { "content-type": "text/plain" }, body: "hello" };
    await expectProblem(await app.request(path, text), 415, "unsupported_media_type");
    await expectProblem(await send("POST", path, { key: 5 }, origin), 422, "invalid_request");
    await expectProblem(await send("POST", `${path}?a=1`, { key: secret }, origin), 422, "invalid_request");
    await expectProblem(await send("DELETE", path, undefined, { origin: foreign }), 403, "forbidden");
    await expectProblem(await send("DELETE", `${path}?a=1`, undefined, origin), 422, "invalid_request");
    const large = await send("DELETE", path, { text: "x".repeat(70_000) }, origin);
    await expectProblem(large, 413, "payload_too_large");
    const broken = await app.request(path, { method: "DELETE" }, { refused: new Error("broken") as never });
    await expectProblem(broken, 500, "internal_error");
    for (const [status, code] of [
      [429, "rate_limit_exceeded"],
      [500, "internal_error"],
      [503, "unavailable"],
    ] as const) {
      const refused = {
        ...createOpenAuth(),
        mode: "keys" as const,
        authenticate: () => Promise.reject(new AppError(code)),
      };
      const closed = createHarness({ auth: refused });
      await expectProblem(await closed.send("POST", path, { key: secret }, origin), status, code);
    }
  });

  test("whoever signs out too often is asked to wait", async () => {
    const over = (): Promise<never> => Promise.reject(new AppError("rate_limit_exceeded"));
    const { send } = createHarness({ limits: { anonymous: over, owner: over, guesses: null } });
    await expectProblem(await send("DELETE", "/api/v1/session"), 429, "rate_limit_exceeded");
  });

  test("is not needed while keys are off", async () => {
    const { send } = createHarness();
    expect(await (await send("GET", "/api/v1/session")).json()).toMatchObject({ auth: "off", owner: "local" });
    const made = await send("POST", "/api/v1/session", { key: "anything" });
    expect(made.status).toBe(200);
    expect(made.headers.get("set-cookie")).toBeNull();
  });
});
