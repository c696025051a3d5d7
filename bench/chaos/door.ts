import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** What came through a door: a request of the light engine. */
export interface Passage {
  readonly at: number;
  readonly method: string;
  readonly path: string;
}

/**
 * The proxy of an egress: another address for the sources behind it, with a log of its own of what came through. It speaks plain
 * HTTP, a request for each connection, as the egress guard sends it.
 */
export interface Door extends AsyncDisposable {
  readonly name: string;
  readonly proxyUrl: string;
  /** Every request that it passed on or turned away, in order. */
  readonly passages: readonly Passage[];
  /** The source answers 429 to whoever comes through; false. */
  turnedAway: boolean;
  /** Breaks every connection and listens no more until it is opened again. */
  close(): Promise<void>;
  open(): Promise<void>;
}

const maxHeadBytes = 16_384;

/** Opens a door on a port that it keeps. */
export async function openDoor(name: string): Promise<Door> {
  const passages: Passage[] = [];
  const sockets = new Set<Socket>();
  let turnedAway = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };

  const passOn = (client: Socket, head: string, rest: Buffer) => {
    const [requestLine = "", ...headers] = head.split("\r\n");
    const [method = "", address = ""] = requestLine.split(" ");
    const url = URL.parse(address);
    if (url === null) return void client.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    passages.push({ at: Date.now(), method, path: `${url.pathname}${url.search}` });
    if (turnedAway) {
      client.end("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const source = connect(Number(url.port), "127.0.0.1");
    keep(source);
    source.on("close", () => client.destroy());
    client.on("close", () => source.destroy());
    const kept = headers.filter((header) => !/^(proxy-|connection:)/i.test(header));
    const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...kept, "Connection: close", "", ""];
    source.write(lines.join("\r\n"));
    source.write(rest);
    source.pipe(client);
  };

  const listen = async (port: number): Promise<Server> => {
    const server = createServer((client) => {
      keep(client);
      let received = Buffer.alloc(0);
      const onData = (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const end = received.indexOf("\r\n\r\n");
        if (end < 0 && received.byteLength <= maxHeadBytes) return;
        client.off("data", onData);
        passOn(client, received.toString("latin1", 0, Math.max(end, 0)), received.subarray(end + 4));
      };
      client.on("data", onData);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  let server: Server | null = await listen(0);
  const { port } = server.address() as AddressInfo;

  const close = async () => {
    const closing = server;
    server = null;
    if (closing === null) return;
    const closed = once(closing, "close");
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    name,
    proxyUrl: `http://127.0.0.1:${port}`,
    passages,
    get turnedAway() {
      return turnedAway;
    },
    set turnedAway(is: boolean) {
      turnedAway = is;
    },
    close,
    open: async () => {
      server ??= await listen(port);
    },
    [Symbol.asyncDispose]: close,
  };
}
