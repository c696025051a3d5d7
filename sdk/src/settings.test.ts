import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { VidferryError } from "./errors.ts";
import { sampleJob } from "./testing/sample-job.ts";
import { json, problem, scriptedFetch } from "./testing/scripted-fetch.ts";
import { version } from "./version.ts";
import { Vidferry, type VidferryOptions } from "./vidferry.ts";

const baseUrl = "http://service.test";

test.each<[string, VidferryOptions, string]>([
  ["no address", { baseUrl: "service.test" }, "http or https"],
  ["an address with the path of the API", { baseUrl: `${baseUrl}/api/v1/` }, "without /api/v1"],
  ["an address with a query", { baseUrl: `${baseUrl}/?key=1` }, "without a query"],
  ["an address with a password", { baseUrl: "http://me:SECRET@service.test" }, "without a user name"],
  ["an empty key", { baseUrl, apiKey: "" }, "is empty"],
  ["a key with letters that no header carries", { baseUrl, apiKey: "vf_ключ" }, "Copy it again"],
  ["a key with a line break", { baseUrl, apiKey: "vf_key\n" }, "Copy it again"],
  ["a header that cannot be sent", { baseUrl, headers: { "x-team": "a\nb" } }, '"x-team"'],
])("%s is refused in words, and not repeated in them", (_, options, said) => {
  expect(() => new Vidferry(options)).toThrow(VidferryError);
  expect(() => new Vidferry(options)).toThrow(said);
  expect(() => new Vidferry(options)).not.toThrow(/SECRET|ключ/);
});

test.each([undefined, null, "", ".", "..", 7])("%p is no id, and nothing is asked for", async (id) => {
  const { fetch, sent } = scriptedFetch();
  const { downloads } = new Vidferry({ baseUrl, fetch });
  await expect(downloads.get(id as string)).rejects.toThrow("id must be a string");
  await expect(downloads.remove(id as string)).rejects.toThrow("id must be a string");
  expect(sent).toEqual([]);
});

test("address and key come from the environment when they are not given", async () => {
  const program =
    'import { Vidferry } from "./vidferry.ts"; try { await new Vidferry().raw.GET("/livez"); } catch (error) { console.log(error.message); }';
  const say = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const options = { cwd: import.meta.dir, env: { PATH: process.env["PATH"], ...env }, stdout: "pipe" } as const;
    return new Response(
      Bun.spawn([process.execPath, "--no-install", "--no-env-file", "-e", program], options).stdout,
    ).text();
  };
  expect(await say({})).toContain("set VIDFERRY_URL");
  const keys: (string | null)[] = [];
  const service = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ headers }) => {
      keys.push(headers.get("authorization"));
      return Response.json({ status: "ok" });
    },
  });
  try {
    expect(await say({ VIDFERRY_URL: service.url.origin, VIDFERRY_API_KEY: "vf_key" })).toBe("");
    expect(await say({ VIDFERRY_URL: service.url.origin, VIDFERRY_API_KEY: "" })).toBe("");
    expect(keys).toEqual(["Bearer vf_key", null]);
  } finally {
    await service.stop(true);
  }
});

test("a service under a path is reached, also where that is /api", async () => {
  const { fetch, sent } = scriptedFetch(json(sampleJob()));
  await new Vidferry({ baseUrl: "http://service.test/api/", fetch }).downloads.get("job_1");
  expect(sent[0]?.url.pathname).toBe("/api/api/v1/downloads/job_1");
});

test("a client with other options keeps the rest", async () => {
  const { fetch, sent } = scriptedFetch(json(sampleJob()), json(sampleJob()));
  const one = new Vidferry({ baseUrl, fetch, apiKey: "vf_one", headers: { "x-team": "blue" } });
  await one.withOptions({ apiKey: "vf_two" }).downloads.get("job_1");
  await one.downloads.get("job_1");
  expect(sent.map(({ headers }) => [headers.get("authorization"), headers.get("x-team")])).toEqual([
    ["Bearer vf_two", "blue"],
    ["Bearer vf_one", "blue"],
  ]);
});

test("servers name the client, its version and their runtime", async () => {
  const { fetch, sent } = scriptedFetch(json(sampleJob()));
  await new Vidferry({ baseUrl, fetch }).downloads.get("job_1");
  expect(sent[0]?.headers.get("user-agent")).toMatch(/^vidferry-sdk\/\d+\.\d+\.\d+ Bun\/\d/);
  const manifest = JSON.parse(await readFile(join(import.meta.dir, "../package.json"), "utf8")) as unknown;
  expect(manifest).toMatchObject({ version });
});

test("a logger is told of tries and repetitions, and of no key, query or body", async () => {
  const lines: unknown[] = [];
  const note = (kind: string) => (message: string, fields: object) => void lines.push([kind, message, fields]);
  const { fetch } = scriptedFetch(problem(503, "unavailable"), json(sampleJob(), 200, { "x-request-id": "req_2" }));
  const logger = { debug: note("debug"), warn: note("warn") };
  const { downloads } = new Vidferry({ baseUrl, fetch, apiKey: "vf_SECRET", logger });
  await downloads.create({ url: "https://www.youtube.com/watch?v=SECRET" }, { idempotencyKey: "SECRET" });
  const path = "/api/v1/downloads";
  expect(lines).toMatchObject([
    ["debug", expect.any(String), { method: "POST", path, error: "ApiError", attempt: 1 }],
    ["warn", expect.any(String), { method: "POST", path, attempt: 1, delayMs: 1 }],
    ["debug", expect.any(String), { method: "POST", path, status: 200, requestId: "req_2", attempt: 2 }],
  ]);
  expect(JSON.stringify(lines)).not.toContain("SECRET");
});
