import { describe, expect, test } from "bun:test";
import { type ApiKey, createApiKey, hashApiKey } from "@vidferry/core";
import { createKeyAuth } from "../../auth/keys.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { makeKey } from "../../testing/samples.ts";
import type { AnswerMcp } from "./answer-mcp.ts";

/** Asks the service for what the message names, as a tool would, and tells what it was answered. */
const askAsTool: AnswerMcp = async (message, { baseUrl, fetch }) => {
  const { method, path } = (await message.json()) as { method: string; path: string };
  const headers = { authorization: "Bearer of-the-process", cookie: "a=b" };
  const answer = await fetch(new Request(baseUrl + path, { method, headers }));
  return Response.json({ baseUrl, status: answer.status, requestId: answer.headers.get("x-request-id") });
};

async function withKey(bounds: Partial<ApiKey> = {}) {
  const ids = { next: <P extends string>(prefix: P) => `${prefix}_${"0".repeat(32)}` as const };
  const clock = { now: () => new Date(0), sleep: async () => undefined };
  const { secret } = await createApiKey({ ids, clock }, { name: "test" });
  const hash = await hashApiKey(secret);
  const key = { ...makeKey(hash, ["downloads:read"]), ...bounds };
  const auth = createKeyAuth({
    keys: {
      findByHash: async (candidate) => (candidate === hash ? key : null),
      working: async () => [],
      changed: async () => [],
      noteUse: async () => undefined,
    },
    clock,
    logger: { warn: () => undefined },
  });
  const { app } = createHarness({ auth, answerMcp: askAsTool });
  const say = (method: string, path: string, headers: Readonly<Record<string, string>>, address = "192.0.2.7") => {
    const body = JSON.stringify({ method, path });
    const sent = { "content-type": "application/json", ...headers };
    return app.request("http://service.test/mcp", { method: "POST", headers: sent, body }, { address });
  };
  return { secret, app, say, bearer: { authorization: `Bearer ${secret}` } };
}

describe("messages of assistants", () => {
  test("need a key, and their tools have the rights of that key and no others", async () => {
    const { say, bearer, secret } = await withKey();
    await expectProblem(await say("GET", "/api/v1/downloads", {}), 401, "unauthorized");
    await expectProblem(await say("GET", "/api/v1/downloads", { authorization: "Bearer vf_x" }), 401, "unauthorized");
    const list = await say("GET", "/api/v1/downloads", bearer);
    expect(await list.json()).toEqual({
      baseUrl: "http://service.test",
      status: 200,
      requestId: list.headers.get("x-request-id"),
    });
    expect(await (await say("POST", "/api/v1/downloads", bearer)).json()).toMatchObject({ status: 403 });
    expect(await (await say("GET", "/api/v1/keys", bearer)).json()).toMatchObject({ status: 403 });
    // With the header that the process itself would send there were two keys.
    expect(await (await say("GET", "/api/v1/downloads", { "x-api-key": secret })).json()).toMatchObject({
      status: 200,
    });
  });

  test("and what their tools ask come from the same address", async () => {
    const { say, bearer } = await withKey({ allowedCidrs: ["192.0.2.0/24"] });
    expect(await (await say("GET", "/api/v1/downloads", bearer)).json()).toMatchObject({ status: 200 });
    await expectProblem(await say("GET", "/api/v1/downloads", bearer, "198.51.100.1"), 403, "forbidden");
  });

  test("of pages of other sites, too large ones, and other methods are refused", async () => {
    const { app, say, bearer } = await withKey();
    const foreign = { ...bearer, origin: "https://evil.example" };
    await expectProblem(await say("GET", "/", foreign), 403, "forbidden");
    await expectProblem(await say("GET", "x".repeat(2_000_000), bearer), 413, "payload_too_large");
    const read = await app.request("http://service.test/mcp", { headers: bearer });
    expect([read.status, read.headers.get("allow")]).toEqual([405, "OPTIONS, POST"]);
  });

  test("without keys are taken under the local name of the machine alone", async () => {
    const { app } = createHarness({ answerMcp: askAsTool });
    const say = (host: string) =>
      app.request(
        `http://${host}/mcp`,
        { method: "POST", body: JSON.stringify({ method: "GET", path: "/api/v1/quota" }) },
        { address: "127.0.0.1" },
      );
    expect(await (await say("127.0.0.1")).json()).toMatchObject({ status: 200 });
    await expectProblem(await say("rebound.example"), 403, "forbidden");
  });

  test("have no path in a service that takes none", async () => {
    const { app } = createHarness();
    await expectProblem(await app.request("http://127.0.0.1/mcp", { method: "POST" }), 404, "not_found");
  });
});
