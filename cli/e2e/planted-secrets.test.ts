import { expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApiKey } from "@vidferry/core";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { eventually, tempDir } from "@vidferry/testing";
import { runHere } from "./command.ts";
import { spawnRole, startRole } from "./fleet/role-process.ts";

const video = "https://www.youtube.com/watch?v=muxedOnly01";
let planted = 0;
/** A text that stands nowhere else. */
const plant = (): string =>
  `planted${(planted++).toString().padStart(3, "0")}x${crypto.randomUUID().replaceAll("-", "")}`;

/** Every byte that was written below a folder, the database and its journal among it. */
async function dump(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

test("no secret that is sent, rightly or in an odd place, reaches a log, an event, an error or the database", async () => {
  await using dir = await tempDir("vidferry-secrets");
  const proxyPassword = plant();
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: dir.path,
    REUSE: "off",
    PORT: "0",
    AUTH: "keys",
    LOG_LEVEL: "debug",
    DATABASE_URL: `sqlite:${dir.path}/vidferry.db`,
    PROXY_URL: `http://user:${proxyPassword}@127.0.0.1:9`,
  };
  const migrating = spawnRole("migrate", { cwd: dir.path, env });
  expect(await migrating.ended).toBe(0);
  const made = await runHere(["keys", "create", "--name", "test", "--scopes", "admin"], env);
  const key = /vf_\w+/.exec(made.stdout)?.[0] ?? "";
  expect(key).not.toBe("");
  await using api = await startRole("api", { cwd: dir.path, env });
  const secrets = [key, proxyPassword];
  const secret = (text = plant()): string => {
    secrets.push(text);
    return text;
  };
  const answers: string[] = [];
  const bearer = { Authorization: `Bearer ${key}` };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(api.url + path, init);
    const text = await response.text();
    answers.push(JSON.stringify([...response.headers]), text);
    return { status: response.status, text };
  };
  const post = (body: unknown, headers: Record<string, string> = bearer, path = "/api/v1/downloads") =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  // What is shown once goes to whoever asked, and nowhere else.
  const handedOut = async (path: string, body?: unknown) => {
    const response = await fetch(api.url + path, {
      method: "POST",
      headers: { ...bearer, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const shown = (await response.json()) as { readonly secret?: string; readonly ticket?: string };
    expect(response.status).toBeLessThan(300);
    return secret(shown.secret ?? shown.ticket ?? "");
  };
  const ticket = await handedOut("/api/v1/tickets");
  const second = await handedOut("/api/v1/keys", { name: "second", scopes: ["read"] });
  await handedOut("/api/v1/webhooks", { url: "https://hooks.example/in", events: ["job.failed"] });
  expect(secrets.every((text) => text.length > 20)).toBe(true);

  const wrongKey = async () =>
    secret((await createApiKey({ ids: createIdGenerator(), clock: systemClock }, { name: "wrong" })).secret);
  // Where they belong.
  await ask("/api/v1/downloads", { headers: bearer });
  await ask("/api/v1/downloads", { headers: { "X-API-Key": second } });
  await ask("/api/v1/downloads", { headers: { "X-API-Key": await wrongKey() } });
  await ask(`/api/v1/events?ticket=vft_${secret()}`);
  // Where they do not.
  await ask("/api/v1/downloads", { headers: { ...bearer, "X-Request-Id": await wrongKey() } });
  await ask("/api/v1/downloads", { headers: { ...bearer, "X-Request-Id": ticket } });
  await ask("/api/v1/downloads", { headers: { Authorization: `Basic ${btoa(`user:${secret()}`)}` } });
  await ask("/api/v1/downloads", { headers: { Authorization: `Bearer ${secret()}` } });
  const headers = {
    Cookie: `session=${secret()}`,
    "Proxy-Authorization": `Basic ${secret()}`,
    Referer: `https://a/?k=${secret()}`,
  };
  await ask("/api/v1/downloads", { headers: { ...bearer, ...headers } });
  for (const path of [
    "/api/v1/downloads",
    "/livez",
    "/nothing",
    "/api/v1/keys",
    `/api/v1/downloads/job_${"0".repeat(32)}`,
  ]) {
    await ask(`${path}?access_token=${secret()}&api_key=${await wrongKey()}&X-Amz-Signature=${secret()}`, {
      headers: bearer,
    });
    await ask(`${path}/${secret()}`, { headers: bearer });
  }
  await ask(`/api/v1/downloads/job_${"0".repeat(32)}/files/art_${"0".repeat(32)}?token=${secret()}`);
  await ask(`/api/v1/downloads?cursor=${secret()}&limit=${secret()}`, { headers: bearer });
  // In bodies that are refused.
  const refused = [
    { url: `https://user:${secret()}@www.youtube.com/watch?v=muxedOnly01` },
    { url: `https://bucket.s3.amazonaws.com/x?X-Amz-Signature=${secret()}` },
    { url: video, webhookUrl: `http://user:${secret()}@hooks.example/in` },
    { url: video, cookies: secret() },
    { url: video, headers: { Authorization: `Bearer ${await wrongKey()}` } },
    { url: video, output: secret() },
    { url: video, output: { type: "audio", format: secret() } },
    { url: video, priority: await wrongKey() },
    `{"url":"${video}","apiKey":"${secret()}`,
    `{"url":"${secret()}","url":"${secret()}"}`,
  ];
  for (const body of refused) expect((await post(body)).status).toBeGreaterThanOrEqual(400);
  await post({ name: "x", proxyUrl: `http://user:${secret()}@proxy.example` }, bearer, "/api/v1/egresses");
  await post({ url: `https://user:${secret()}@hooks.example/` }, bearer, "/api/v1/webhooks");
  // And with what is accepted: the job, its events, and its end.
  const accepted = await post({ url: video }, { ...bearer, ...headers, "Idempotency-Key": crypto.randomUUID() });
  expect(accepted.status).toBe(202);
  const { id } = JSON.parse(accepted.text) as { readonly id: string };
  await ask(`/api/v1/downloads/${id}/cancel`, { method: "POST", headers: { ...bearer, ...headers } });
  await ask(`/api/v1/downloads/${id}/events`, { headers: bearer });
  for (const path of ["/api/v1/audit", "/api/v1/keys", "/api/v1/webhooks", "/api/v1/history", "/health/detailed"])
    await ask(path, { headers: bearer });

  await eventually(() => api.output().includes("/api/v1/history"));
  await api.end("SIGTERM");
  const places = { log: api.output(), answers: answers.join("\n"), disk: await dump(dir.path) };
  expect(places.disk).toContain(id);
  const found = Object.entries(places).flatMap(([place, text]) =>
    secrets.flatMap((one, number) =>
      text.includes(one) ? [`number ${number} in ${place}: ${around(text, one)}`] : [],
    ),
  );
  expect(found).toEqual([]);
}, 120_000);

const around = (text: string, part: string): string => {
  const at = text.indexOf(part);
  return JSON.stringify(text.slice(Math.max(0, at - 150), at + 80));
};
