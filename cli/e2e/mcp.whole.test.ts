import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { Vidferry } from "@vidferry/sdk";
import { runHere } from "./command.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 150_000;
const env = { AUTH: "keys" };
let scene: Scene;
let service: Service;
beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [
        {
          ...{ id: "assistant01", title: "A talk", itags: [18], challenge: "none" },
          captions: [{ language: "en" }],
        },
      ],
    },
  });
  // Its own key is for another service, and must not be lent to assistants.
  service = await startService(scene, { ...env, VIDFERRY_API_KEY: await secretWith("admin") });
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
}, limitMs);

async function secretWith(...scopes: readonly string[]): Promise<string> {
  const { exitCode, stdout } = await runHere(
    ["keys", "create", "--name", scopes.join(), "--owner", "assistant", "--scopes", scopes.join()],
    { ...scene.env, ...env },
  );
  expect(exitCode).toBe(0);
  return stdout.trim();
}

/** What the tools say to somebody with this key. */
async function connect(secret: string) {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${secret}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", service.url), { requestInit }) as Transport);
  return {
    call: async (name: string, args: Readonly<Record<string, unknown>> = {}): Promise<string> => {
      const result = await client.callTool({ name, arguments: { ...args } });
      return (result as { content: { text: string }[] }).content.map(({ text }) => text).join();
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const idIn = (text: string): string => /job_[0-9a-f]+/.exec(text)?.[0] ?? text;

describe("the tools for assistants at /mcp of a service", () => {
  test(
    "do what the key of the caller may do, and say in words what it may not",
    async () => {
      const url = scene.youtube.url("assistant01");
      await using reader = await connect(await secretWith("downloads:read"));
      expect(await reader.call("search")).toBe("There is none.");
      expect(await reader.call("download", { url })).toMatch(/^forbidden: .*downloads:write/);

      const secret = await secretWith("downloads:read", "downloads:write", "files:read");
      await using writer = await connect(secret);
      expect(await writer.call("probe", { url })).toMatch(/^title +A talk/);
      expect(await writer.call("transcript", { url, language: "en" })).toMatch(/^A talk \(en\)\n\n\[0:0\d\] /);
      const id = idIn(await writer.call("download", { url, audio: "opus" }));
      const { downloads } = new Vidferry({ baseUrl: service.url, apiKey: secret });
      await downloads.wait(id, { timeoutMs: limitMs });
      const status = await writer.call("status", { id });
      expect((await fetch(/http\S+$/.exec(status)?.[0] ?? "")).status).toBe(200);
      // The reader sees the job, and is given no link.
      expect(await reader.call("status", { id })).toEndWith("the key may not open files");

      await expect(connect("vf_wrong")).rejects.toThrow("unauthorized");
    },
    limitMs,
  );

  test(
    "make one job of the same download, until it has come to nothing",
    async () => {
      const secret = await secretWith("write");
      const { downloads } = new Vidferry({ baseUrl: service.url, apiKey: secret });
      await using client = await connect(secret);
      const args = { url: scene.youtube.url("assistant01"), quality: "144p" };
      const [first, same] = await Promise.all([client.call("download", args), client.call("download", args)]).then(
        (texts) => texts.map(idIn),
      );
      expect(same).toBe(first);
      await downloads.wait(first ?? "", { timeoutMs: limitMs });
      expect(idIn(await client.call("download", args))).toBe(first ?? "");
      await downloads.remove(first ?? "");
      const [second, again] = [idIn(await client.call("download", args)), idIn(await client.call("download", args))];
      expect([second === first, again]).toEqual([false, second]);
      const gone = { url: "https://www.youtube.com/watch?v=nothingHere" };
      const failed = idIn(await client.call("download", gone));
      await downloads.wait(failed, { timeoutMs: limitMs }).catch(() => undefined);
      expect((await downloads.get(failed)).state).toBe("failed");
      expect(idIn(await client.call("download", gone))).not.toBe(failed);
    },
    limitMs,
  );
});
