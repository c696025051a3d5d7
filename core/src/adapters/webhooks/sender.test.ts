import { describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { makeCertificates } from "@vidferry/testing";
import { createWebhookSender } from "./sender.ts";

const message = (url: string) => ({
  url,
  id: "dlv_1",
  at: new Date(),
  body: '{"type":"webhook.test"}',
  secrets: [`whsec_${btoa("s".repeat(32))}`],
  traceparent: null,
});
const { signal } = new AbortController();

/** A server that does with a connection what a test says. */
async function startRaw(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const answering = (text: string) => (socket: Socket) => socket.once("data", () => socket.end(text));

describe("what sends webhooks", () => {
  test("refuses private, loopback and link-local addresses in every notation, and http:", () => {
    const sender = createWebhookSender({ allowPrivateHosts: [] });
    for (const url of [
      "http://hooks.example.com/",
      "https://127.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://0177.0.0.1/",
      "https://[::1]/",
      "https://[::ffff:10.0.0.1]/",
      "https://10.1.2.3/",
      "https://169.254.169.254/latest",
      "https://localhost/",
      "https://db.internal/",
    ]) {
      expect({ url, refused: sender.refuses(url) !== null }).toEqual({ url, refused: true });
    }
    expect(sender.refuses("https://hooks.example.com/x")).toBeNull();
  });

  test("connects to nothing when DNS answers with a private address, also beside a public one", async () => {
    await using server = await startRaw(answering("HTTP/1.1 200 OK\r\n\r\n"));
    for (const addresses of [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["fe80::1"], ["100.64.0.1"]]) {
      const sender = createWebhookSender({ allowPrivateHosts: [], lookup: async () => addresses });
      const result = await sender.send(message(`https://rebind.example.com:${server.port}/`), signal);
      expect(result).toMatchObject({ kind: "failed" });
      expect(JSON.stringify(result)).not.toContain(addresses.at(-1) ?? "");
    }
    expect(server.connections()).toBe(0);
  });

  test("resolves a name once, and connects to the address that was checked", async () => {
    await using server = await startRaw(answering("HTTP/1.1 204 No Content\r\n\r\n"));
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      return lookups === 1 ? ["127.0.0.1"] : ["127.0.0.2"];
    };
    const sender = createWebhookSender({ allowPrivateHosts: [`hook.test:${server.port}`], lookup });
    expect(await sender.send(message(`http://hook.test:${server.port}/`), signal)).toMatchObject({ status: 204 });
    expect(lookups).toBe(1);
  });

  test("follows no redirects", async () => {
    await using other = await startRaw(answering("HTTP/1.1 200 OK\r\n\r\n"));
    const location = `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${other.url}\r\nContent-Length: 0\r\n\r\n`;
    await using server = await startRaw(answering(location));
    const sender = createWebhookSender({ allowPrivateHosts: ["127.0.0.1"] });
    expect(await sender.send(message(server.url), signal)).toMatchObject({ kind: "answered", status: 307 });
    expect(other.connections()).toBe(0);
  });

  const hostile: Readonly<Record<string, (socket: Socket) => unknown>> = {
    "says nothing": () => undefined,
    "sends its head a byte at a time": (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nX: ");
      const timer = setInterval(() => socket.write("x"), 20);
      socket.once("close", () => clearInterval(timer));
    },
    "sends headers without end": (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", `X-Long: ${"x".repeat(8_000)}\r\n`),
    "sends interim answers without end": (socket) => flood(socket, "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
    "is no HTTP": (socket) => socket.write("SSH-2.0-OpenSSH\r\n\r\n"),
    "hangs up": (socket) => socket.destroy(),
  };
  for (const [title, act] of Object.entries(hostile)) {
    test(`gives up on a receiver that ${title}`, async () => {
      await using server = await startRaw((socket) => socket.once("data", () => act(socket)));
      const sender = createWebhookSender({ allowPrivateHosts: ["127.0.0.1"], timeoutMs: 300 });
      expect(await sender.send(message(server.url), signal)).toMatchObject({ kind: "failed" });
    });
  }

  test("reads no body, however long it is", async () => {
    await using server = await startRaw((socket) =>
      socket.once("data", () => flood(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")),
    );
    const sender = createWebhookSender({ allowPrivateHosts: ["127.0.0.1"] });
    expect(await sender.send(message(server.url), signal)).toMatchObject({ kind: "answered", status: 200 });
  });

  test("rejects with the reason of its signal, and with nothing else", async () => {
    await using server = await startRaw(() => undefined);
    const sender = createWebhookSender({ allowPrivateHosts: ["127.0.0.1"] });
    const stop = new AbortController();
    const sending = sender.send(message(server.url), stop.signal);
    setTimeout(() => stop.abort(new Error("the process stops")), 20);
    await expect(sending).rejects.toThrow("the process stops");
  });

  test("speaks TLS with the operator's authorities, and refuses others", async () => {
    const { ca, key, cert } = await makeCertificates(["hook.test"]);
    const server = createTlsServer({ key, cert }, (socket) => answering("HTTP/1.1 202 Accepted\r\n\r\n")(socket));
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const options = { allowPrivateHosts: [`hook.test:${port}`], lookup: async () => ["127.0.0.1"] };
    const url = `https://hook.test:${port}/`;
    try {
      expect(await createWebhookSender({ ...options, ca }).send(message(url), signal)).toMatchObject({ status: 202 });
      expect(await createWebhookSender(options).send(message(url), signal)).toMatchObject({ kind: "failed" });
    } finally {
      server.close();
    }
  });
});

/** Writes as long as the other side takes it. */
function flood(socket: Socket, start: string, piece: string): void {
  socket.write(start);
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece.repeat(10)));
  };
  socket.on("drain", more);
  more();
}
