import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { absenceOf, eventually, freePort, type TempDir, tempDir } from "@vidferry/testing";
import { parse } from "yaml";

const root = resolve(import.meta.dir, "..");
const sample = readFileSync(join(root, "infra/caddy/Caddyfile"), "utf8");

test("with Caddy's part of the composition only Caddy is reached from outside, and every secret stays where it was", () => {
  const { services } = parse(readFileSync(join(root, "infra/caddy/compose.yml"), "utf8")) as {
    services: Record<string, { ports?: string[]; environment?: Record<string, string>; cap_drop?: string[] }>;
  };
  expect(Object.keys(services)).toEqual(["caddy", "api"]);
  expect(services["api"]?.ports).toBeUndefined();
  expect(services["api"]?.environment?.["TRUSTED_PROXIES"]).toBe("private");
  expect(services["caddy"]?.cap_drop).toEqual(["ALL"]);
  expect(Object.keys(services["caddy"]?.environment ?? {})).toEqual(["SITE_HOST", "FILES_HOST"]);
});

const caddy = Bun.which("caddy") ?? undefined;

describe.skipIf(caddy === undefined)(`behind Caddy${absenceOf("Caddy", caddy)}`, () => {
  let dir: TempDir;
  let proxy: ChildProcess;
  let port: number;
  let api: ReturnType<typeof Bun.serve>;
  const seen: { readonly url: string; readonly headers: Headers }[] = [];
  let endStream: () => void = () => undefined;
  /** Runs curl; what it says, which is nothing where it fails. Not synchronously: the server that is asked is in this process. */
  const curl = async (...args: readonly string[]): Promise<string> => {
    const child = Bun.spawn(
      [
        ...["curl", "-sS", "--max-time", "30"],
        ...["--cacert", join(dir.path, "data/caddy/pki/authorities/local/root.crt")],
        ...["--resolve", `vidferry.localhost:${port}:127.0.0.1`, "--resolve", `files.localhost:${port}:127.0.0.1`],
        ...args,
      ],
      { stdout: "pipe", stderr: "ignore" },
    );
    return await new Response(child.stdout).text();
  };
  const site = (path: string) => `https://vidferry.localhost:${port}${path}`;
  const files = () => `https://files.localhost:${port}/vidferry/jobs/x`;

  beforeAll(async () => {
    dir = await tempDir("vidferry-caddy");
    api = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        seen.push({ url: request.url, headers: new Headers(request.headers) });
        await request.text();
        if (!request.url.endsWith("/events")) return new Response(request.url);
        const events = new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("event: job\ndata: first\n\n"));
            endStream = () => controller.close();
          },
        });
        return new Response(events, { headers: { "content-type": "text/event-stream" } });
      },
    });
    port = await freePort();
    let text = sample;
    for (const [written, here] of [
      [
        "\tskip_install_trust\n",
        `\tskip_install_trust\n\tadmin off\n\thttp_port ${await freePort()}\n\thttps_port ${port}\n`,
      ],
      ["reverse_proxy api:8080", `reverse_proxy 127.0.0.1:${api.port}`],
      ["reverse_proxy s3:7070", `reverse_proxy 127.0.0.1:${api.port}`],
    ] as const) {
      expect(text).toContain(written);
      text = text.replace(written, here);
    }
    const config = join(dir.path, "Caddyfile");
    await writeFile(config, text);
    proxy = spawn(caddy ?? "", ["run", "--config", config, "--adapter", "caddyfile"], {
      stdio: "ignore",
      env: {
        ...process.env,
        SITE_HOST: "vidferry.localhost",
        FILES_HOST: "files.localhost",
        XDG_DATA_HOME: join(dir.path, "data"),
        XDG_CONFIG_HOME: join(dir.path, "config"),
        HOME: dir.path,
      },
    });
    for (const page of [site("/livez"), files()]) {
      await eventually(async () => (await curl(page)) !== "", { timeoutMs: 60_000, message: "Caddy's certificates" });
    }
  }, 90_000);

  afterAll(async () => {
    const ended = once(proxy, "exit");
    proxy.kill("SIGKILL");
    await ended;
    await api.stop(true);
    await dir[Symbol.asyncDispose]();
  });

  test("clients get TLS and HTTP/2", async () => {
    const said = await curl("-o", join(dir.path, "out"), "-w", "%{http_version} %{http_code}", site("/livez"));
    expect(said).toBe("2 200");
  });

  test("a client is who the connection comes from, whatever it writes into headers", async () => {
    await curl("-H", "X-Forwarded-For: 203.0.113.7", "-H", "Forwarded: for=203.0.113.7", site("/who"));
    const headers = seen.findLast((request) => request.url.endsWith("/who"))?.headers;
    expect(headers?.get("x-forwarded-for")).toBe("127.0.0.1");
    expect(headers?.get("x-forwarded-proto")).toBe("https");
    expect(headers?.get("forwarded")).toBeNull();
  });

  test("an event arrives while its stream goes on", async () => {
    const reader = spawn("curl", [
      ...["-sSN", "--max-time", "60", "--insecure", "--resolve", `vidferry.localhost:${port}:127.0.0.1`],
      site("/events"),
    ]);
    let read = "";
    reader.stdout.setEncoding("utf8").on("data", (part: string) => {
      read += part;
    });
    await eventually(() => read.includes("data: first"), { message: "the first event" });
    expect(reader.exitCode).toBeNull();
    const ended = once(reader, "exit");
    endStream();
    expect(await ended).toEqual([0, null]);
  });

  test("a body that is larger than any request of ours is refused", async () => {
    const body = join(dir.path, "body");
    await Bun.write(body, "x".repeat(100_000));
    const code = await curl(
      "-o",
      join(dir.path, "out"),
      "-w",
      "%{http_code}",
      "--data-binary",
      `@${body}`,
      site("/large"),
    );
    // By a status, or by the end of the stream, as Caddy's versions have it.
    expect(code).toMatch(/^(413|502|000)$/);
  });

  test("results are read by their own name, and nothing is written there", async () => {
    expect(await curl("-w", " %{http_code}", files())).toBe(`http://files.localhost:${port}/vidferry/jobs/x 200`);
    expect(await curl("-o", join(dir.path, "out"), "-w", "%{http_code}", "-X", "PUT", files())).toBe("405");
  });
});
