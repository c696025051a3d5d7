import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { makeCertificates } from "@vidferry/testing";
import type { Logger } from "../../../telemetry/logger.ts";
import { type EgressGuardOptions, startEgressGuard } from "./guard.ts";
import { parseUpstreamProxy } from "./upstream.ts";

const logged: string[] = [];
const log = (message: string, fields?: object) => void logged.push(`${message} ${JSON.stringify(fields)}`);
const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  logged.length = 0;
});

async function listen(server: Server): Promise<number> {
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => socket.destroy());
    cleanups.push(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that records the heads it gets, answers each with `status`, and then speaks as the target itself. */
function recordingProxy(heads: string[], status = "200 OK") {
  return (socket: Socket) => {
    socket.once("data", (chunk: Buffer) => {
      heads.push(chunk.toString("latin1"));
      if (!chunk.toString().startsWith("CONNECT")) {
        socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 8\r\n\r\nabsolute`);
        return;
      }
      socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
      socket.once("data", () => socket.end("tunnelled"));
    });
  };
}

const unresolved = () => Promise.reject(new Error("ENOTFOUND"));

async function start(upstreamProxy: string, options: Partial<EgressGuardOptions> = {}) {
  const guard = await startEgressGuard({
    allowPrivateHosts: [],
    logger,
    lookup: unresolved,
    upstreamProxy,
    ...options,
  });
  cleanups.push(() => guard.stop());
  const { port, username, password } = new URL(guard.url);
  return async (line: string, payload = "") => {
    const socket = netConnect({ port: Number(port), host: "127.0.0.1" });
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    socket.write(`${line} HTTP/1.1\r\nProxy-Authorization: Basic ${btoa(`${username}:${password}`)}\r\n\r\n${payload}`);
    await once(socket, "close");
    return received;
  };
}

describe("an upstream proxy", () => {
  test("gets tunnels by name and plain requests as they are, with its own credentials", async () => {
    const heads: string[] = [];
    const port = await listen(createServer(recordingProxy(heads)));
    const send = await start(`http://me:p%40ss@127.0.0.1:${port}`);
    expect(await send("CONNECT video.example:443", "ping")).toEndWith("tunnelled");
    expect(await send("GET http://video.example/a?b=%2F")).toEndWith("absolute");
    expect(heads[0]).toStartWith("CONNECT video.example:443 HTTP/1.1\r\n");
    expect(heads[1]).toStartWith("GET http://video.example:80/a?b=%2F HTTP/1.1\r\nHost: video.example\r\n");
    for (const head of heads) {
      expect(head.match(/Proxy-Authorization: (.*)\r/g)).toEqual([`Proxy-Authorization: Basic ${btoa("me:p@ss")}\r`]);
    }
  });

  test("is reached over TLS when its URL says so", async () => {
    const heads: string[] = [];
    const certificates = await makeCertificates(["localhost"]);
    const server = createTlsServer({ cert: certificates.cert, key: certificates.key }, recordingProxy(heads));
    const port = await listen(server);
    const trusting = await start(`https://localhost:${port}`, { upstreamCa: certificates.ca });
    expect(await trusting("CONNECT video.example:443", "ping")).toEndWith("tunnelled");
    const wary = await start(`https://localhost:${port}`);
    expect(await wary("CONNECT video.example:443")).toStartWith("HTTP/1.1 502 Could not connect to the upstream proxy");
    expect(heads).toHaveLength(1);
  });

  test("may speak SOCKS 5, with credentials, and resolves the name itself", async () => {
    const seen: string[] = [];
    const server = createServer((socket) => {
      const steps = [
        () => "\x05\x02",
        (sent: string) => (sent.includes("me") && sent.includes("secret") ? "\x01\x00" : "\x01\x01"),
        (sent: string) => {
          seen.push(sent);
          return "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        },
        () => "tunnelled",
      ];
      socket.on("data", (chunk: Buffer) => {
        const step = steps.shift();
        if (step) socket.write(Buffer.from(step(chunk.toString("latin1")), "latin1"));
        if (steps.length === 0) socket.end();
      });
    });
    const send = await start(`socks5h://me:secret@127.0.0.1:${await listen(server)}`);
    expect(await send("CONNECT video.example:443", "ping")).toEndWith("tunnelled");
    expect(seen[0]).toContain("video.example");
  });

  test.each([
    "127.0.0.1:80",
    "[::1]:80",
    "10.0.0.1:443",
    "localhost:80",
    "nas:443",
    "printer.local:80",
    "db.internal:8080",
    "localhost..:80",
    "localhost.:80",
    "metadata.google.internal..:80",
    "metadata.google.internal.:80",
    "metadata.goog:80",
    "%6cocalhost:80",
    "0xa9fea9fe:80",
    "[::ffff:169.254.169.254]:80",
  ])("is not asked for %s", async (authority) => {
    const heads: string[] = [];
    const send = await start(`http://127.0.0.1:${await listen(createServer(recordingProxy(heads)))}`);
    expect(await send(`CONNECT ${authority}`)).toStartWith("HTTP/1.1 403 Host not allowed by Vidferry");
    expect(heads).toEqual([]);
  });

  test("a name that does not resolve here is looked up once, not for every connection", async () => {
    let lookups = 0;
    const lookup = () => {
      lookups++;
      return new Promise<never>(() => undefined);
    };
    const proxy = `http://127.0.0.1:${await listen(createServer(recordingProxy([])))}`;
    const send = await start(proxy, { lookup, connectTimeoutMs: 100 });
    for (let round = 0; round < 3; round++)
      expect(await send("CONNECT video.example:443", "ping")).toEndWith("tunnelled");
    expect(lookups).toBe(1);
  });

  test("is not asked for a name that is private here", async () => {
    const heads: string[] = [];
    const proxy = `http://127.0.0.1:${await listen(createServer(recordingProxy(heads)))}`;
    const send = await start(proxy, { lookup: async () => ["192.168.1.10"] });
    expect(await send("GET http://inside.example/")).toStartWith("HTTP/1.1 403 ");
    expect(heads).toEqual([]);
  });

  test("that refuses or is gone is told apart from the host, without its credentials", async () => {
    const refusing = await listen(createServer(recordingProxy([], "407 Proxy Authentication Required")));
    const send = await start(`http://me:secret@127.0.0.1:${refusing}`);
    for (const line of ["CONNECT video.example:443", "GET http://video.example/"]) {
      const answer = await send(line);
      expect(answer).toStartWith("HTTP/1.1 502 The upstream proxy refused the credentials");
      expect(answer + logged.join()).not.toContain("secret");
    }
    const forbidding = await start(`http://127.0.0.1:${await listen(createServer(recordingProxy([], "403 No")))}`);
    expect(await forbidding("CONNECT video.example:443")).toStartWith("HTTP/1.1 502 The upstream proxy answered 403");
    const gone = createServer();
    const port = await listen(gone);
    gone.close();
    for (const scheme of ["http", "socks5"]) {
      const nobody = await start(`${scheme}://me:secret@127.0.0.1:${port}`);
      expect(await nobody("CONNECT video.example:443")).toStartWith(
        "HTTP/1.1 502 Could not connect to the upstream proxy",
      );
    }
  });

  test("that stays silent is given up", async () => {
    const port = await listen(createServer());
    for (const scheme of ["http", "socks5"]) {
      const send = await start(`${scheme}://127.0.0.1:${port}`, { connectTimeoutMs: 100 });
      expect(await send("CONNECT video.example:443")).toMatch(/^HTTP\/1\.1 50[24] The upstream proxy/);
    }
  });

  test.each(["", "proxy:8080", "ftp://proxy", "http://"])("cannot be %p", (url) => {
    expect(() => parseUpstreamProxy(url)).toThrow("expected the URL of a proxy");
  });
});
