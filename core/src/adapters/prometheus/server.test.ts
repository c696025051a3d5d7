import { afterEach, expect, test } from "bun:test";
import { request } from "node:http";
import { type MetricsServer, startMetricsServer } from "./server.ts";

const running: MetricsServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serve(over: { host?: string; text?: () => Promise<string> } = {}) {
  const errors: unknown[] = [];
  const metrics = { contentType: "text/plain; version=0.0.4", text: over.text ?? (async () => "up 1\n") };
  const options = { host: over.host ?? "127.0.0.1", port: 0, onError: (error: unknown) => void errors.push(error) };
  const server = await startMetricsServer(metrics, options);
  running.push(server);
  return { url: server.url, errors };
}

/** The status that a request with this `Host` is answered with. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("the port of the metrics has the metrics, and nothing else", async () => {
  const { url } = await serve();
  const answer = await fetch(`${url}?x=1`);
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    200,
    "text/plain; version=0.0.4",
    "up 1\n",
  ]);
  expect(await (await fetch(url, { method: "HEAD" })).text()).toBe("");
  expect((await fetch(new URL("/api/v1/downloads", url))).status).toBe(404);
  const posted = await fetch(url, { method: "POST", body: "x" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("on loopback it answers to local names only, elsewhere to any", async () => {
  const { url } = await serve();
  const { port } = new URL(url);
  expect(await statusFor(url, `localhost:${port}`)).toBe(200);
  expect(await statusFor(url, "rebound.example.org")).toBe(403);
  const open = await serve({ host: "0.0.0.0" });
  const reached = open.url.replace("0.0.0.0", "127.0.0.1");
  expect(await statusFor(reached, "vidferry-worker:9100")).toBe(200);
});

test("metrics that cannot be made are an error of the scrape, and the next one is answered", async () => {
  let scrapes = 0;
  const text = async (): Promise<string> => {
    scrapes += 1;
    if (scrapes === 1) throw new Error("a registry that throws");
    return "up 1\n";
  };
  const { url, errors } = await serve({ text });
  expect((await fetch(url)).status).toBe(500);
  expect((await fetch(url)).status).toBe(200);
  expect(errors).toHaveLength(1);
});

test("a port that is taken is an error of the start", async () => {
  const { url } = await serve();
  const metrics = { contentType: "text/plain", text: async () => "" };
  const again = startMetricsServer(metrics, {
    host: "127.0.0.1",
    port: Number(new URL(url).port),
    onError: () => undefined,
  });
  await expect(again).rejects.toThrow(/EADDRINUSE|in use/);
});
