import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DownloadJob, Vidferry } from "@vidferry/sdk";
import { absenceOf, eventually, freePort, makeCertificates } from "@vidferry/testing";
import { findNginx, startNginx, type TestService } from "@vidferry/testing/services";
import { runHere } from "./command.ts";
import { type RoleProcess, startRole } from "./fleet/role-process.ts";
import { type Scene, setScene } from "./scene.ts";

const limitMs = 180_000;
const bytes = 30 * 1_048_576;

/** The sample of this repository with the test's own addresses, and a server with nothing but nginx's defaults, which asks by HTTP/1.0. */
async function siteFor(upstream: string, ports: { tls: number; plain: number }, cert: string, key: string) {
  let sample = await readFile(join(import.meta.dir, "../../infra/nginx.conf"), "utf8");
  for (const [written, here] of [
    ["server 127.0.0.1:8080;", `server ${upstream};`],
    ["listen 443 ssl http2;", `listen 127.0.0.1:${ports.tls} ssl http2;`],
    ["/etc/ssl/vidferry/fullchain.pem", cert],
    ["/etc/ssl/vidferry/privkey.pem", key],
  ] as const) {
    expect(sample).toContain(written);
    sample = sample.replace(written, here);
  }
  const defaults = "location / { proxy_pass http://vidferry_api; proxy_set_header Host $host; }";
  return `${sample}\nserver { listen 127.0.0.1:${ports.plain}; ${defaults} }`;
}

describe.skipIf(findNginx() === undefined)(`behind nginx${absenceOf("nginx", findNginx())}`, () => {
  let scene: Scene;
  let service: RoleProcess;
  let proxy: TestService;
  let job: DownloadJob;
  let ca: string;
  let key: string;
  /** The sample with TLS, and nginx's defaults. */
  const bases = { sample: "", defaults: "" };
  const ask = (path: string, headers: Record<string, string> = {}, base = bases.sample, method = "GET") =>
    fetch(base + path, { method, headers: { authorization: `Bearer ${key}`, ...headers }, tls: { ca } });
  const clientOf = (baseUrl: string) =>
    new Vidferry({ baseUrl, apiKey: key, fetch: (request) => fetch(request, { tls: { ca } }) });

  beforeAll(async () => {
    const video = { id: "largeFile01", title: "Large", itags: [18], mediaBytes: bytes, challenge: "none" as const };
    scene = await setScene({ catalogue: { videos: [video] } });
    const env = { ...scene.env, AUTH: "keys", TRUSTED_PROXIES: "127.0.0.1", LOG_LEVEL: "info" };
    await runHere(["migrate"], env);
    const made = await runHere(["keys", "create", "--name", "proxied"], env);
    key = /vf_\w+/.exec(made.stdout)?.[0] ?? "";
    service = await startRole("serve", { cwd: scene.home, env });
    const certificates = await makeCertificates(["localhost"]);
    ca = certificates.ca;
    const [certFile, keyFile, caFile] = ["cert.pem", "key.pem", "ca.pem"].map((name) => join(scene.home, name));
    await Promise.all([
      writeFile(certFile ?? "", certificates.cert),
      writeFile(keyFile ?? "", certificates.key),
      writeFile(caFile ?? "", ca),
    ]);
    const ports = { tls: await freePort(), plain: await freePort() };
    const site = await siteFor(new URL(service.url).host, ports, certFile ?? "", keyFile ?? "");
    proxy = await startNginx(site, ports.tls);
    bases.sample = `https://localhost:${ports.tls}`;
    bases.defaults = `http://localhost:${ports.plain}`;
    const { downloads } = clientOf(bases.sample);
    job = await downloads.wait((await downloads.create({ url: scene.youtube.url("largeFile01") })).id);
  }, limitMs);

  afterAll(async () => {
    await proxy?.stop();
    await service?.end();
    await scene?.[Symbol.asyncDispose]();
  });

  test("the client is the one that nginx saw, whatever it writes itself, and knows that it is TLS", async () => {
    const lies = ["X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Forwarded-Proto: http"];
    const child = Bun.spawn(
      ["curl", "-sS", "-D-", "-o/dev/null", "--interface", "127.0.0.2", "--cacert", join(scene.home, "ca.pem")]
        .concat(lies.flatMap((line) => ["-H", line]))
        .concat("-H", `Authorization: Bearer ${key}`, `${bases.sample}/api/v1/quota`),
      { stdout: "pipe", stderr: "inherit" },
    );
    const head = await new Response(child.stdout).text();
    expect(head).toStartWith("HTTP/2 200");
    expect(head).toContain("strict-transport-security: max-age=");
    await eventually(() => service.output().includes('"client":"127.0.0.2"'));
    expect(service.output()).not.toContain("203.0.113.9");
  });

  test.each(["sample", "defaults"] as const)(
    "an event comes while its stream stays open (%s)",
    async (name) => {
      const response = await ask("/api/v1/events?types=job", {}, bases[name]);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      // Held back by a buffer, it would never come: the stream does not end.
      const readTo = async (wanted: string) => {
        while (!text.includes(wanted)) text += (await reader?.read())?.value ?? "";
      };
      await readTo("event: snapshot");
      const made = await clientOf(bases[name]).downloads.create({
        url: scene.youtube.url("largeFile01"),
        scheduledFor: "2035-01-01T00:00:00Z",
      });
      await readTo(made.id);
      await reader?.cancel();
    },
    limitMs,
  );

  test(
    "a WebSocket is opened, and gets what happens",
    async () => {
      const url = `${bases.sample.replace("https", "wss")}/ws/events`;
      // The types know the options of browsers alone.
      const options = { protocols: ["vidferry", `bearer.${key}`], tls: { ca } } as unknown as string[];
      const socket = new WebSocket(url, options);
      const frames: string[] = [];
      socket.addEventListener("message", ({ data }) => frames.push(JSON.parse(String(data)).event));
      await eventually(() => frames.includes("snapshot"));
      await clientOf(bases.sample).downloads.create({
        url: scene.youtube.url("largeFile01"),
        scheduledFor: "2035-01-01T00:00:00Z",
      });
      await eventually(() => frames.at(-1) === "job");
      socket.close();
    },
    limitMs,
  );

  test.each(["sample", "defaults"] as const)(
    "a file of 30 MB comes whole, in ranges, and not at all when it is there already (%s)",
    async (name) => {
      const [artifact] = job.artifacts;
      const path = new URL(artifact?.url ?? "", bases[name]).pathname;
      const whole = await ask(path, {}, bases[name]);
      expect(whole.headers.get("content-length")).toBe(String(bytes));
      const all = await whole.bytes();
      expect(createHash("sha256").update(all).digest("hex")).toBe(artifact?.sha256 ?? "");
      const last = await ask(path, { range: "bytes=-1000" }, bases[name]);
      expect([last.status, last.headers.get("content-range")]).toEqual([
        206,
        `bytes ${bytes - 1_000}-${bytes - 1}/${bytes}`,
      ]);
      expect(await last.bytes()).toEqual(all.slice(-1_000));
      const tag = whole.headers.get("etag") ?? "";
      expect((await ask(path, { "if-none-match": tag }, bases[name])).status).toBe(304);
      const head = await ask(path, {}, bases[name], "HEAD");
      expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes)]);
      expect((await ask(path, { range: `bytes=${bytes}-` }, bases[name])).status).toBe(416);
    },
    limitMs,
  );
});
