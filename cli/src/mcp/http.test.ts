import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { Vidferry } from "@vidferry/sdk";
import { type McpHttp, serveMcp } from "./http.ts";
import { createTools } from "./tools.ts";

const key = "a key for this test alone";
const asked: string[] = [];
/** A service that knows one job, and refuses every link. */
const answer = (request: Request): Response => {
  const { pathname, search } = new URL(request.url);
  asked.push(`${request.method} ${pathname}${search}`);
  if (request.method === "GET") {
    const job = { id: "job_1", state: "succeeded", media: { title: "A talk" }, request: { url: "https://youtu.be/a" } };
    return Response.json({ data: [job], nextCursor: null });
  }
  const problem = {
    title: "No",
    status: 422,
    code: "host_not_allowed",
    detail: "Not here.",
    hint: "Another link.",
    retryable: false,
  };
  return Response.json(
    { type: "about:blank", requestId: "req_1", ...problem },
    { status: 422, headers: { "content-type": "application/problem+json" } },
  );
};

let http: McpHttp;
beforeAll(() => {
  const vidferry = new Vidferry({ baseUrl: "http://127.0.0.1:1", fetch: answer, maxRetries: 0 });
  http = serveMcp({ hostname: "127.0.0.1", port: 0, key, tools: () => createTools(vidferry) });
});
afterAll(() => http.stop());

const send = (headers: Readonly<Record<string, string>>, path: string, method: string, body = "{}") =>
  fetch(new URL(path, http.url), {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(method === "POST" && { body }),
  });
const authorization = `Bearer ${key}`;

async function connected(): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL(http.url), {
    requestInit: { headers: { authorization } },
  });
  await client.connect(transport as Transport);
  return client;
}
const textOf = (result: object): string =>
  (result as { content: { text: string }[] }).content.map(({ text }) => text).join();

describe("the tools for assistants over HTTP", () => {
  test.each<readonly [status: number, headers: Readonly<Record<string, string>>, path: string, method: string]>([
    [401, {}, "/mcp", "POST"],
    [401, { authorization: "Bearer another" }, "/mcp", "POST"],
    [403, { authorization, origin: "https://evil.example" }, "/mcp", "POST"],
    [404, { authorization }, "/", "POST"],
    [405, { authorization }, "/mcp", "GET"],
  ])("answer %d to %j", async (status, headers, path, method) => {
    expect((await send(headers, path, method)).status).toBe(status);
  });

  test("are called by one message at a time: not by many at once, and by none that cancels another and so has no answer", async () => {
    const accept = { authorization, accept: "application/json, text/event-stream" };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "search", arguments: {} } };
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    const before = asked.length;
    for (const several of [[call, cancel], Array.from({ length: 100 }, (_, id) => ({ ...call, id })), [call]]) {
      const answered = await send(accept, "/mcp", "POST", ` ${JSON.stringify(several)}`);
      expect(answered.status).toBe(400);
      expect(await answered.json()).toMatchObject({ error: { code: -32_600 }, id: null });
    }
    expect(asked.length).toBe(before);
    expect((await send(accept, "/mcp", "POST", JSON.stringify(call))).status).toBe(200);
    expect((await send(accept, "/mcp", "POST", JSON.stringify(cancel))).status).toBe(202);
  });

  test("are listed, read what is there, and say in words what went wrong", async () => {
    const client = await connected();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["probe", "transcript", "download", "status", "search"]);
    for (const { name, annotations } of tools) {
      expect([name, annotations?.readOnlyHint ?? false, annotations?.destructiveHint ?? false]).toEqual([
        name,
        name !== "download",
        false,
      ]);
    }
    const found = await client.callTool({ name: "search", arguments: { query: "talk", limit: 5 } });
    expect(textOf(found)).toBe("job_1  succeeded  A talk");
    expect(asked.at(-1)).toBe("GET /api/v1/downloads?q=talk&limit=5");

    const refused = await client.callTool({ name: "probe", arguments: { url: "https://example.org" } });
    expect([refused.isError, textOf(refused)]).toEqual([
      true,
      expect.stringMatching(/^host_not_allowed: .*Not here\.[\s\S]*Another link\.$/),
    ]);
    for (const wrong of [
      { name: "status", arguments: { id: "../keys" } },
      { name: "search", arguments: { limit: 1_000 } },
      { name: "download", arguments: { url: "https://youtu.be/a", quality: "720p", audio: "mp3" } },
      { name: "download", arguments: { url: "https://youtu.be/a", audio: "mp3; rm" } },
    ]) {
      expect([wrong, (await client.callTool(wrong)).isError]).toEqual([wrong, true]);
    }
    await client.close();
  });
});
