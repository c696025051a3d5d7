import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { eventually } from "@vidferry/testing";
import type { Logger } from "../../../telemetry/logger.ts";
import { type EgressGuardOptions, startEgressGuard } from "./guard.ts";

const logged: string[] = [];
const log = (message: string, fields?: object) => void logged.push(`${message} ${JSON.stringify(fields)}`);
const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  logged.length = 0;
});

async function listen(server: Server | HttpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
const origin = (handler: RequestListener) => listen(createHttpServer(handler));
const hello = () => origin((_, response) => void response.end("hello"));

async function start(options: Partial<EgressGuardOptions> = {}) {
  const guard = await startEgressGuard({ allowPrivateHosts: [], logger, ...options });
  cleanups.push(() => guard.stop());
  const { port, username, password } = new URL(guard.url);
  const authorization = `Proxy-Authorization: Basic ${btoa(`${username}:${password}`)}`;
  return { guard, port: Number(port), authorization };
}

/** Sends bytes to a port and returns all that comes back until the other side closes. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({ port, host: "127.0.0.1" });
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
    socket.write(text);
  });
}
const statusLine = (answer: string) => answer.split("\r\n")[0];
type Started = Awaited<ReturnType<typeof start>>;
const get = (on: Started, uri: string, ...headers: string[]) =>
  exchange(on.port, [`GET ${uri} HTTP/1.1`, on.authorization, ...headers, "", ""].join("\r\n"));
const connectTo = (on: Started, authority: string, payload = "") =>
  exchange(on.port, `CONNECT ${authority} HTTP/1.1\r\n${on.authorization}\r\n\r\n${payload}`);
const throughTunnel = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const refused = "HTTP/1.1 403 Host not allowed by Vidferry";

describe("the egress guard", () => {
  test("serves hosts the operator named, by tunnel and by plain request", async () => {
    const port = await hello();
    const on = await start({ allowPrivateHosts: [`127.0.0.1:${port}`] });
    expect(await get(on, `http://127.0.0.1:${port}/`)).toEndWith("hello");
    const tunnelled = await connectTo(on, `127.0.0.1:${port}`, throughTunnel);
    expect(tunnelled).toStartWith("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK");
    expect(on.guard.refusals).toEqual([]);
  });

  test.each([
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "169.254.169.254",
    "10.1.2.3",
    "localhost",
  ])("refuses http://%s unless it is named", async (host) => {
    const on = await start({ lookup: async () => ["127.0.0.1"] });
    expect(statusLine(await get(on, `http://${host}:8080/`))).toBe(refused);
    expect(statusLine(await connectTo(on, `${host}:8080`))).toBe(refused);
    expect(on.guard.refusals).toHaveLength(2);
  });

  test("holds tunnels, plain requests and connections of its own process to a rate", async () => {
    const body = "x".repeat(40_000);
    const port = await origin((_, response) => void response.end(body));
    const on = await start({ allowPrivateHosts: [`127.0.0.1:${port}`], bytesPerSecond: 200_000 });
    const ways = [
      () => get(on, `http://127.0.0.1:${port}/`),
      () => connectTo(on, `127.0.0.1:${port}`, throughTunnel),
      async () => {
        const socket = await on.guard.connect({ host: "127.0.0.1", port }, new AbortController().signal);
        const received: Buffer[] = [];
        socket.on("data", (chunk: Buffer) => received.push(chunk));
        socket.write(throughTunnel);
        socket.resume();
        await once(socket, "end");
        return Buffer.concat(received).toString("latin1");
      },
    ];
    for (const way of ways) {
      const began = performance.now();
      expect(await way()).toEndWith(body);
      expect(performance.now() - began).toBeGreaterThan(180);
    }
  });

  test.each(["ftp", "ws", "file", "gopher"])("says so when it is asked for another scheme: %s:", async (scheme) => {
    const port = await hello();
    const on = await start({ allowPrivateHosts: [`127.0.0.1:${port}`] });
    const answer = await get(on, `${scheme}://127.0.0.1:${port}/`);
    expect(statusLine(answer)).toBe("HTTP/1.1 403 Scheme not allowed by Vidferry");
    expect(answer).toEndWith(`${scheme}: is not http: or https:\n`);
  });

  test("refuses a name as soon as one of its addresses is private", async () => {
    const on = await start({ lookup: async () => ["93.184.216.34", "10.0.0.7"] });
    expect(await connectTo(on, "rebind.example:443")).toContain("rebind.example is not a public address");
  });

  test.each(["localhost..", "metadata.google.internal..", "a..b", "[fe80::1%25eth0]", "-.example"])(
    "refuses what is no proper host: %s",
    async (host) => {
      const on = await start({ lookup: async () => ["93.184.216.34"] });
      expect(statusLine(await get(on, `http://${host}:8080/`))).toBe(refused);
      expect(statusLine(await connectTo(on, `${host}:8080`))).toBe(refused);
    },
  );

  test.each(["localhost.", "metadata.google.internal.", "METADATA.goog", "nas"])(
    "refuses a name of this network or of a cloud, wherever it resolves to: %s",
    async (host) => {
      const on = await start({ lookup: async () => ["93.184.216.34"] });
      expect(statusLine(await connectTo(on, `${host}:443`))).toBe(refused);
    },
  );

  test("allows a named host on the named port alone", async () => {
    const port = await hello();
    const on = await start({ allowPrivateHosts: [`127.0.0.1:${port}`] });
    expect(statusLine(await connectTo(on, `127.0.0.1:${port === 65_535 ? port - 1 : port + 1}`))).toBe(refused);
  });

  test("connects to the address it has checked and never resolves again", async () => {
    const port = await hello();
    const answers = [["127.0.0.1"], ["192.0.2.1"]];
    const on = await start({ allowPrivateHosts: ["once.example"], lookup: async () => answers.shift() ?? [] });
    expect(await get(on, `http://once.example:${port}/`)).toEndWith("hello");
    expect(answers).toHaveLength(1);
  });

  test("tries the next address when one does not answer", async () => {
    const port = await hello();
    const on = await start({ allowPrivateHosts: ["two.example"], lookup: async () => ["::1", "127.0.0.1"] });
    expect(await get(on, `http://two.example:${port}/`)).toEndWith("hello");
  });

  test("a redirect that leads inside is a new request, and refused", async () => {
    const inside = await hello();
    const outside = await origin((_, response) => {
      response.writeHead(302, { Location: `http://127.0.0.1:${inside}/secret` }).end();
    });
    const { guard } = await start({ allowPrivateHosts: [`127.0.0.1:${outside}`] });
    const answer = await fetch(`http://127.0.0.1:${outside}/`, { proxy: guard.url });
    expect([answer.status, await answer.text()]).toEqual([403, "127.0.0.1 is not a public address\n"]);
  });

  test("keeps to the ports of the web", async () => {
    const on = await start({ lookup: async () => ["93.184.216.34"] });
    expect(await connectTo(on, "mail.example:25")).toContain("port 25 is not one of the web's");
  });

  test("never connects to itself, whatever is allowed", async () => {
    const on = await start({ allowPrivateHosts: ["127.0.0.1", "localhost"] });
    expect(await connectTo(on, `127.0.0.1:${on.port}`)).toContain("that is the guard itself");
    expect(await connectTo(on, `localhost:${on.port}`)).toContain("that is the guard itself");
  });

  test("asks strangers for credentials, before anything else", async () => {
    const on = await start();
    const wrong = `Proxy-Authorization: Basic ${btoa("vidferry:guess")}`;
    for (const header of ["X: y", wrong]) {
      const answer = await exchange(on.port, `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${header}\r\n\r\n`);
      expect(statusLine(answer)).toBe("HTTP/1.1 407 Proxy Authentication Required");
      expect(answer).toContain('Proxy-Authenticate: Basic realm="vidferry"');
    }
    expect(on.guard.refusals).toEqual([]);
  });

  test("credentials never reach the log, nor the host", async () => {
    const seen: string[] = [];
    const port = await origin((request, response) => {
      seen.push(JSON.stringify(request.rawHeaders));
      response.end();
    });
    const on = await start({ allowPrivateHosts: [`127.0.0.1:${port}`] });
    await get(
      on,
      `http://127.0.0.1:${port}/`,
      "Proxy-Connection: keep-alive",
      "Connection: X-Hop",
      "X-Hop: 1",
      "Cookie: a=b",
    );
    await get(on, "http://10.0.0.1/");
    const { password } = new URL(on.guard.url);
    expect(logged.join()).toContain("egress refused");
    expect(logged.join()).not.toContain(password);
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toMatch(/proxy|x-hop/i);
    expect(seen[0]).toContain("a=b");
  });

  test("the Host header is the target's, not the client's", async () => {
    const hosts: unknown[] = [];
    const port = await origin((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    await get(on, `http://127.0.0.1:${port}/`, "Host: inside.example");
    expect(hosts).toEqual([`127.0.0.1:${port}`]);
  });

  test("passes on a body of the announced length, and nothing behind it", async () => {
    const bodies: string[] = [];
    const port = await origin(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      bodies.push(`${request.method} ${body}`);
      response.end("ok");
    });
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    const uri = `http://127.0.0.1:${port}/`;
    const answer = await exchange(
      on.port,
      `POST ${uri} HTTP/1.1\r\n${on.authorization}\r\nContent-Length: 4\r\n\r\nbodyGET http://127.0.0.1:${port}/hidden HTTP/1.1\r\n\r\n`,
    );
    expect(answer).toEndWith("ok");
    expect(answer).toContain("Connection: close");
    expect(bodies).toEqual(["POST body"]);
  });

  test.each([
    ["a folded header", "X: a\r\n b"],
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2"],
    ["a blank before the colon", "Content-Length : 4"],
    ["a NUL", "X: \0"],
  ])("refuses %s", async (_, header) => {
    const port = await hello();
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    expect(statusLine(await get(on, `http://127.0.0.1:${port}/`, header))).toStartWith("HTTP/1.1 400 ");
  });

  test("refuses an endless head, a chunked body, and what is no proxy request", async () => {
    const port = await hello();
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    expect(statusLine(await exchange(on.port, "x".repeat(70_000)))).toStartWith("HTTP/1.1 431 ");
    const chunked = await get(on, `http://127.0.0.1:${port}/`, "Transfer-Encoding: chunked");
    expect(statusLine(chunked)).toStartWith("HTTP/1.1 411 ");
    expect(statusLine(await get(on, "/local"))).toStartWith("HTTP/1.1 400 ");
    expect(statusLine(await get(on, "https://example.com/"))).toStartWith("HTTP/1.1 400 ");
  });

  test("gives up on a client that does not finish its head", async () => {
    const on = await start({ headTimeoutMs: 50 });
    expect(statusLine(await exchange(on.port, "CONNECT "))).toStartWith("HTTP/1.1 408 ");
  });

  test("gives up on a tunnel in which nothing moves", async () => {
    const port = await listen(createServer());
    const on = await start({ allowPrivateHosts: ["127.0.0.1"], idleTimeoutMs: 100 });
    expect(await connectTo(on, `127.0.0.1:${port}`)).toBe("HTTP/1.1 200 Connection established\r\n\r\n");
  });

  test("says what went wrong on the way", async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    const on = await start({
      allowPrivateHosts: ["127.0.0.1"],
      connectTimeoutMs: 200,
      lookup: (host) =>
        host === "slow.example" ? new Promise(() => undefined) : Promise.reject(new Error("ENOTFOUND")),
    });
    expect(statusLine(await connectTo(on, `127.0.0.1:${port}`))).toBe("HTTP/1.1 502 Could not connect to the host");
    expect(statusLine(await connectTo(on, "missing.example:443"))).toBe("HTTP/1.1 502 Host not found");
    expect(statusLine(await connectTo(on, "slow.example:443"))).toBe("HTTP/1.1 504 Resolving the host timed out");
  });

  test("a host that closes without an answer is a 502", async () => {
    const port = await listen(createServer((socket) => void socket.destroy()));
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    expect(statusLine(await get(on, `http://127.0.0.1:${port}/`))).toStartWith("HTTP/1.1 502 ");
  });

  test("when one side breaks off, the other is freed", async () => {
    const remotes: Socket[] = [];
    const port = await listen(createServer((socket) => void remotes.push(socket.resume())));
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    for (const side of ["client", "remote"] as const) {
      const client = netConnect({ port: on.port, host: "127.0.0.1" });
      client.on("error", () => client.destroy());
      client.resume().write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${on.authorization}\r\n\r\n`);
      const remote = await eventually(() => remotes.at(side === "client" ? 0 : 1));
      const [first, second] = side === "client" ? [client, remote] : [remote, client];
      first.destroy();
      await eventually(() => second.destroyed);
    }
  });

  test("a side that ends its sending still receives", async () => {
    const port = await listen(
      createServer({ allowHalfOpen: true }, (socket) => {
        socket.resume().once("end", () => socket.end("answer after the end"));
      }),
    );
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    const client = netConnect({ port: on.port, host: "127.0.0.1", allowHalfOpen: true });
    let received = "";
    client.on("data", (chunk: Buffer) => {
      received += chunk;
    });
    client.end(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${on.authorization}\r\n\r\nrequest`);
    await once(client, "end");
    expect(received).toEndWith("answer after the end");
  });

  test("carries many connections at once and lets go of all of them", async () => {
    let open = 0;
    const server = createHttpServer((_, response) => void response.end("x".repeat(10_000)));
    server.on("connection", (socket: Socket) => {
      open++;
      socket.once("close", () => open--);
    });
    const port = await listen(server);
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        index % 2 ? get(on, `http://127.0.0.1:${port}/`) : connectTo(on, `127.0.0.1:${port}`, throughTunnel),
      ),
    );
    expect(answers.every((answer) => answer.endsWith("x".repeat(10_000)))).toBe(true);
    await eventually(() => open === 0, { message: "all connections to the host closed" });
  });

  test("stopping closes what is open and the port", async () => {
    const port = await listen(createServer());
    const on = await start({ allowPrivateHosts: ["127.0.0.1"] });
    const open = connectTo(on, `127.0.0.1:${port}`);
    await on.guard.stop();
    await open.catch(() => undefined);
    await expect(get(on, "http://127.0.0.1/")).rejects.toThrow();
  });

  test("an entry or a proxy that cannot be read is an error at the start", async () => {
    await expect(startEgressGuard({ allowPrivateHosts: ["http://x/"], logger })).rejects.toThrow(
      "expected host or host:port",
    );
    const secret = startEgressGuard({ allowPrivateHosts: [], upstreamProxy: "gopher://me:secret@proxy", logger });
    await expect(secret).rejects.toThrow(/^(?!.*secret).*expected the URL of a proxy/);
  });

  test("connects this process itself by the same rules, and ends what it connected when it stops", async () => {
    const port = await hello();
    const { guard } = await start({ allowPrivateHosts: [`127.0.0.1:${port}`] });
    const { signal } = new AbortController();
    const socket = await guard.connect({ host: "127.0.0.1", port }, signal);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toStartWith("HTTP/1.1 200");
    for (const host of ["127.0.0.1", "localhost", "0x7f.1", "[::1]", "169.254.169.254", "not a host", "a@b"]) {
      expect(await guard.connect({ host, port: 9 }, signal).catch((error: unknown) => error)).toMatchObject({
        status: 403,
      });
    }
    expect(guard.refusals.length).toBeGreaterThan(3);
    const closed = once(socket, "close");
    await guard.stop();
    await closed;
    await expect(guard.connect({ host: "127.0.0.1", port }, signal)).rejects.toThrow();
  });

  test("connects this process through the operator's proxy, too", async () => {
    const asked: string[] = [];
    const proxy = await listen(
      createServer((client) => {
        client.on("data", (bytes: Buffer) => {
          const text = bytes.toString("latin1");
          asked.push(text.split("\r\n")[0] ?? "");
          client.write(text.startsWith("CONNECT") ? "HTTP/1.1 200 OK\r\n\r\n" : "through");
        });
      }),
    );
    const { guard } = await start({ upstreamProxy: `http://127.0.0.1:${proxy}` });
    const socket = await guard.connect({ host: "media.example", port: 443 }, new AbortController().signal);
    // It is paused since the proxy has answered.
    socket.resume();
    socket.write("ping");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect([answer.toString(), ...asked]).toEqual(["through", "CONNECT media.example:443 HTTP/1.1", "ping"]);
  });
});
