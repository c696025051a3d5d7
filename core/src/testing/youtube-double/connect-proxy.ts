import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A forward proxy that leads every host to one origin. */
export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of every tunnel that was asked for, in order. */
  readonly connects: string[];
  /** Request lines of what was refused because it was no CONNECT, or came without the credentials. */
  readonly refused: string[];
  /** Breaks every tunnel and stops listening. */
  stop(): Promise<void>;
}

/** What a client must send in `Proxy-Authorization`. */
export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
}

const maxHeadBytes = 16_384;

/**
 * Starts a proxy on a free port of 127.0.0.1 that understands CONNECT alone and tunnels all of it, whatever the host, to
 * `originPort`: nothing that is sent through it can leave the machine, and its log tells which hosts a program meant to reach.
 */
export async function startConnectProxy(originPort: number, credentials?: ProxyCredentials): Promise<ConnectProxy> {
  const connects: string[] = [];
  const refused: string[] = [];
  const sockets = new Set<Socket>();
  const expected =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  };

  function open(client: Socket, head: string, rest: Buffer): void {
    const [requestLine = ""] = head.split("\r\n");
    const target = /^CONNECT (\S+) HTTP\/1\.[01]$/.exec(requestLine)?.[1];
    const authorised = !expected || /^proxy-authorization: *(.+)$/im.exec(head)?.[1]?.trim() === expected;
    if (target === undefined || !authorised) {
      refused.push(requestLine);
      const status = authorised
        ? "403 Forbidden"
        : '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"';
      client.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    connects.push(target);
    const origin = connect(originPort, "127.0.0.1");
    track(origin);
    origin.on("error", () => client.destroy());
    origin.on("close", () => client.destroy());
    client.on("close", () => origin.destroy());
    origin.on("connect", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (rest.byteLength > 0) origin.write(rest);
      client.pipe(origin);
      origin.pipe(client);
    });
  }

  const server = createServer((client) => {
    track(client);
    client.on("error", () => client.destroy());
    let received = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0 && received.byteLength <= maxHeadBytes) return;
      client.off("data", onData);
      client.pause();
      open(client, received.toString("latin1", 0, Math.max(end, 0)), received.subarray(end + 4));
    };
    client.on("data", onData);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy got no TCP port");
  return {
    port: address.port,
    connects,
    refused,
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
