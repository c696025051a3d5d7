import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy on 127.0.0.1 that can simulate network faults. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Number of open connections. */
  readonly connections: number;
  /** Delay of each chunk of data, in milliseconds, in both directions. */
  latency: number;
  /** From now on, swallows what arrives without closing anything: the half-open socket of a lost host. */
  blackhole(): void;
  /** Cuts all connections at once; new ones go through. */
  reset(): void;
  /**
   * Passes on the next data from a client that contains this text, and loses what the server answers: the connection is
   * silent from then on, or reset. Resolves when the answer has come.
   */
  loseAnswer(to: string, how: "silence" | "reset"): Promise<void>;
  /** Ends the black hole for new connections. Those affected stay silent. */
  resume(): void;
  close(): Promise<void>;
}

/** The target of a {@link TcpProxy}. */
export interface TcpProxyTarget {
  readonly port: number;
  /** Default: `127.0.0.1`. */
  readonly host?: string;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Data was dropped: the stream has a gap, so nothing may follow. */
  swallowed: boolean;
  /** What happens to the next data from the server. */
  losing: Loss | null;
  /** One side has closed, and the other was not told because of the black hole. */
  ended: boolean;
}

interface Loss {
  readonly to: string;
  readonly how: "silence" | "reset";
  readonly happened: () => void;
}

/** Starts a proxy in front of a server. */
export async function startTcpProxy(target: TcpProxyTarget): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let holding = false;
  let latency = 0;
  let armed: Loss | null = null;

  const cut = (pair: Pair): void => {
    pair.client.destroy();
    pair.server.destroy();
    pairs.delete(pair);
  };
  const pass = (pair: Pair, to: Socket, data: Uint8Array | string): void => {
    if (holding) pair.swallowed = true;
    if (pair.swallowed) return;
    if (latency === 0) to.write(data);
    else setTimeout(() => to.writable && !pair.swallowed && to.write(data), latency);
  };

  const watch = (pair: Pair, data: Uint8Array | string): void => {
    if (armed === null || !data.toString().includes(armed.to)) return;
    pair.losing = armed;
    armed = null;
  };
  const answer = (pair: Pair, data: Uint8Array | string): void => {
    const { losing } = pair;
    if (losing === null) {
      pass(pair, pair.client, data);
      return;
    }
    pair.losing = null;
    pair.swallowed = true;
    if (losing.how === "reset") {
      pair.client.resetAndDestroy();
      cut(pair);
    }
    losing.happened();
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: target.port, host: target.host ?? "127.0.0.1", allowHalfOpen: true });
    const pair: Pair = { client, server, swallowed: holding, losing: null, ended: false };
    pairs.add(pair);
    client.on("data", (data) => {
      watch(pair, data);
      pass(pair, server, data);
    });
    server.on("data", (data) => answer(pair, data));
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // A FIN is a packet like others: a black hole drops it.
      socket.on("end", () => {
        pair.ended = true;
        if (!holding) cut(pair);
      });
      socket.on("error", () => cut(pair));
      socket.on("close", () => cut(pair));
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no TCP port");

  const close = async (): Promise<void> => {
    if (!listener.listening) return;
    const closed = once(listener, "close");
    listener.close();
    for (const pair of [...pairs]) cut(pair);
    await closed;
  };
  return {
    port: address.port,
    get connections() {
      return pairs.size;
    },
    get latency() {
      return latency;
    },
    set latency(ms) {
      latency = ms;
    },
    blackhole() {
      holding = true;
      for (const pair of pairs) pair.swallowed = true;
    },
    reset() {
      for (const pair of [...pairs]) {
        pair.client.resetAndDestroy();
        cut(pair);
      }
    },
    loseAnswer: (to, how) =>
      new Promise((resolve) => {
        armed = { to, how, happened: resolve };
      }),
    resume() {
      holding = false;
      for (const pair of [...pairs]) if (pair.ended) cut(pair);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
