import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Options of a proxy. */
export interface ConnectProxyOptions {
  /** What clients must send. Default: nothing. */
  readonly credentials?: ProxyCredentials;
  /** `host:port` of servers that it connects to directly, by CONNECT or plain requests. Default: none. */
  readonly directHosts?: readonly string[];
}

/** A forward proxy that connects every host name to one origin. */
export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of every tunnel that was asked for, and of every plain request to a direct host, in order. */
  readonly connects: string[];
  /** Request lines of what was refused: plain HTTP to other hosts, or without the credentials. */
  readonly refused: string[];
  /** Whether the connection that comes from this port of 127.0.0.1 to a server is one of its tunnels. */
  carries(port: number | undefined): boolean;
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
 * Starts a proxy on a free port of 127.0.0.1 that understands CONNECT and tunnels all of it, whatever the host, to
 * `originPort`: nothing that is sent through it can leave the machine, and its log tells which hosts a program meant to reach.
 */
export async function startConnectProxy(originPort: number, options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const { credentials, directHosts = [] } = options;
  const connects: string[] = [];
  const refused: string[] = [];
  const sockets = new Set<Socket>();
  const ports = new Set<number>();
  const expected =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  };

  function open(client: Socket, head: string, rest: Buffer): void {
    const [requestLine = ""] = head.split("\r\n");
    const request = parseRequestLine(requestLine);
    const authorised = !expected || /^proxy-authorization: *(.+)$/im.exec(head)?.[1]?.trim() === expected;
    const direct = request !== undefined && directHosts.includes(request.target);
    if (!request || !authorised || (!request.tunnel && !direct)) {
      refused.push(requestLine);
      const status = authorised
        ? "403 Forbidden"
        : '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"';
      client.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    connects.push(request.target);
    const [, host = "127.0.0.1", port = ""] = /^(.*):(\d+)$/.exec(request.target) ?? [];
    const upstream = direct ? connect(Number(port), host) : connect(originPort, "127.0.0.1");
    track(upstream);
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("connect", () => {
      const { localPort } = upstream;
      if (localPort !== undefined) {
        ports.add(localPort);
        upstream.on("close", () => ports.delete(localPort));
      }
      if (request.tunnel) client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      else upstream.write(plainHead(head));
      if (rest.byteLength > 0) upstream.write(rest);
      client.pipe(upstream);
      upstream.pipe(client);
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
    carries: (port) => port !== undefined && ports.has(port),
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface ProxyRequest {
  /** `host:port` */
  readonly target: string;
  /** CONNECT, rather than a plain request in absolute form. */
  readonly tunnel: boolean;
}

function parseRequestLine(line: string): ProxyRequest | undefined {
  const [, method, address = ""] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(line) ?? [];
  if (method === "CONNECT") return { target: address, tunnel: true };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === "http:" ? { target: `${url.hostname}:${url.port || 80}`, tunnel: false } : undefined;
}

/**
 * The head of a plain request as the server gets it. The connection is used for this one request: the client may mean another host by
 * its next one.
 */
function plainHead(head: string): string {
  const [requestLine = "", ...headers] = head.split("\r\n");
  const [method, address = "", version] = requestLine.split(" ");
  const { pathname, search } = new URL(address);
  const kept = headers.filter((header) => !/^(proxy-|connection:)/i.test(header));
  return [`${method} ${pathname}${search} ${version}`, ...kept, "Connection: close", "", ""].join("\r\n");
}
