import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { AppError, ConfigError, type Logger } from "@vidferry/core";
import type { App, RuntimeBindings } from "../app-env.ts";
import type { FrameSource } from "./frames.ts";
import { unreadableRequest } from "./problem.ts";
import { type BodyPace, ordinaryPace } from "./serving/body-pace.ts";
import { discardBody } from "./serving/discard-body.ts";
import { createGone, type Gone } from "./serving/gone.ts";
import { closeIdleConnections } from "./serving/idle-connections.ts";
import { answerRaw } from "./serving/raw-answer.ts";
import { sendFrames } from "./serving/send-frames.ts";
import { sendResponse } from "./serving/send-response.ts";
import { toRequest } from "./serving/to-request.ts";
import { createWebSockets } from "./serving/web-sockets.ts";
import { type SocketHandlers, socketPath } from "./socket.ts";

/** Where and what to serve. */
export interface ServerOptions {
  readonly app: Pick<App, "fetch">;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  /** Until a request must have arrived, in milliseconds. Default: 30,000. */
  readonly requestTimeoutMs?: number;
  /** Until its head must have arrived, in milliseconds. Default: 10,000. */
  readonly headTimeoutMs?: number;
  /** How fast its body must come. Default: 2,500 bytes every 5 seconds. */
  readonly bodyPace?: BodyPace;
  /**
   * How long a connection stays open between two requests, in milliseconds. Default: 620,000, longer than load balancers keep
   * one that they do not use (nginx and AWS 60 seconds, Google Cloud 600): it has to be them who close it. Where the server does, a
   * request may be on its way, which they answer with 502.
   */
  readonly keepAliveMs?: number;
  /** Above this number of connections, idle ones are closed after a second. Default: no limit. */
  readonly maxConnections?: number;
  /** Write timeout: a client that reads nothing for this long is disconnected, in milliseconds. Default: 15 minutes, since players pause. */
  readonly transferStalledMs?: number;
  /** The same for WebSockets, which resume. Default: 60,000. */
  readonly socketStalledMs?: number;
  /** How often WebSockets are pinged, in milliseconds. Default: 15,000; nginx closes what nothing comes over for 60,000. */
  readonly socketPingMs?: number;
}

/** A server that takes requests. */
export interface RunningServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /**
   * Refuses readiness, sends the readers of event streams away, takes no more connections and waits for the requests that run,
   * transfers of files among them; those that are not done after `graceMs` are cut off so that the client notices. Resolves
   * when the port is free. Called again, the shorter grace counts.
   */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

// How long a WebSocket that was told to close may take to agree, once the server stops.
const closeWithinMs = 2_000;

/**
 * Serves the app over HTTP/1. It stands on `node:http`, because `Bun.serve` sends no Content-Length with a streamed body, and
 * has no way to cut off one client. Rejects with `unavailable` when the port cannot be had, and with a
 * `ConfigError` when the host is no address of this machine.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { app, host, port, logger, requestTimeoutMs = 30_000, bodyPace = ordinaryPace } = options;
  const headTimeoutMs = Math.min(requestTimeoutMs, options.headTimeoutMs ?? 10_000);
  const { keepAliveMs = 620_000 } = options;
  const { transferStalledMs: stalledMs = 900_000, socketStalledMs = 60_000 } = options;
  const { socketPingMs = Math.min(15_000, socketStalledMs) } = options;
  const closing = new AbortController();
  const sockets = createWebSockets({ stalledMs: socketStalledMs, pingMs: socketPingMs });
  const pending = new Set<ServerResponse>();
  /** The last response of each connection. */
  const responses = new WeakMap<Duplex, ServerResponse>();

  const answer = async (request: Request, bindings: RuntimeBindings): Promise<Response> => {
    try {
      return await app.fetch(request, { closing: closing.signal, ...bindings });
    } catch (error) {
      logger.error("server failed", { error });
      return new Response(null, { status: 500 });
    }
  };

  async function onRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const connection = incoming.socket;
    pending.add(outgoing);
    responses.set(connection, outgoing);
    connections.asks(connection);
    // An event stream, which may last for hours, does not keep it: `end` tells it.
    let gone: Gone | null = createGone();
    const end = createEnd();
    let frames: FrameSource | undefined;
    outgoing.on("close", () => {
      pending.delete(outgoing);
      connections.rests(connection);
      if (!outgoing.writableFinished) gone?.tell();
      end.reached();
      if (closing.signal.aborted) server.closeIdleConnections();
    });
    // A broken connection is handled by `close`.
    incoming.on("error", () => undefined);
    outgoing.on("error", () => undefined);
    const { request, refused } = toRequest(incoming, gone, bodyPace);
    const response = await answer(request, {
      ...addressOfPeer(incoming),
      onEnd: end.on,
      cut: () => outgoing.destroy(),
      stream: (source) => {
        frames = source;
      },
      ...(refused === undefined ? {} : { refused }),
    });
    if (outgoing.destroyed) {
      frames?.closed();
      return void response.body?.cancel();
    }
    // A client that is refused because the server is full must not keep its connection open.
    const turnedAway = response.status === 429 || response.status === 503;
    const unread = !incoming.complete && !incoming.readableEnded;
    if (unread || turnedAway || closing.signal.aborted) outgoing.shouldKeepAlive = false;
    if (frames !== undefined) {
      gone = null;
      if (unread) outgoing.once("finish", () => incoming.destroy());
      sendFrames(response, frames, outgoing, stalledMs);
      return;
    }
    await sendResponse(response, outgoing, {
      stalledMs,
      ...(unread ? { beforeEnd: () => discardBody(incoming) } : {}),
    });
    if (unread) incoming.destroy();
  }

  async function onUpgrade(incoming: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    connections.asks(incoming.socket);
    const gone = createGone();
    connection.on("error", () => undefined);
    connection.once("close", gone.tell);
    const { request, refused } = toRequest(incoming, gone, bodyPace);
    const end = createEnd();
    connection.once("close", end.reached);
    let accepted: SocketHandlers | undefined;
    const response = await answer(request, {
      ...(refused === undefined ? {} : { refused }),
      ...addressOfPeer(incoming),
      onEnd: end.on,
      upgrade: (handlers) => {
        accepted = {
          open: handlers.open,
          closed: () => {
            handlers.closed();
            end.reached();
          },
        };
      },
    });
    if (accepted === undefined) await answerRaw(connection, response);
    else sockets.accept(incoming, connection, head, accepted);
  }

  const failed = (error: unknown): void => logger.error("server failed", { error });
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: headTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(headTimeoutMs, 5_000),
      // HTTP/1.0 clients need not name one; the app refuses what it must.
      requireHostHeader: false,
      // Nothing but the socket's path: the response to an upgrade is buffered, which suits a refusal and not a file.
      shouldUpgradeCallback: ({ headers, url }) =>
        headers.upgrade?.toLowerCase() === "websocket" && url?.startsWith(socketPath) === true,
    },
    (incoming, outgoing) => void onRequest(incoming, outgoing).catch(failed),
  );
  const connections = closeIdleConnections(server, options.maxConnections ?? Number.POSITIVE_INFINITY);
  server.on("upgrade", (incoming, connection, head) => void onUpgrade(incoming, connection, head).catch(failed));
  server.on("clientError", (error: NodeJS.ErrnoException, connection) => {
    const answered = responses.get(connection);
    // A second response, or one in the middle of another: a proxy would take it for the answer to the next request.
    if (answered?.headersSent === true && !answered.writableFinished) {
      if (answered.shouldKeepAlive) connection.destroy();
      return;
    }
    if (connection.writable && error.code !== "ECONNRESET") void answerRaw(connection, unreadableRequest(error.code));
    else connection.destroy();
  });
  await listen(server, host, port);

  let stopped: Promise<void> | undefined;
  function stop(graceMs: number): Promise<void> {
    if (stopped === undefined) {
      closing.abort();
      stopped = new Promise<void>((resolve) => server.close(() => resolve())).finally(() => {
        sockets.close();
        connections.stop();
      });
      server.closeIdleConnections();
    }
    const cut = setTimeout(() => {
      if (pending.size > 0) logger.warn("requests were cut off", { pending: pending.size });
      pending.clear();
      sockets.cut();
      server.closeAllConnections();
    }, graceMs);
    const hurry = setTimeout(() => sockets.cut(), Math.min(graceMs, closeWithinMs));
    return stopped.finally(() => {
      clearTimeout(cut);
      clearTimeout(hurry);
    });
  }

  return {
    url: addressOf(server.address() as AddressInfo),
    stop: ({ graceMs }) => stop(graceMs),
  };
}

/** The end of a request/response pair. Not an abort signal: creating one for each request costs more than most routes. */
function createEnd() {
  let listeners: (() => void)[] | null = [];
  return {
    /** Calls the listener once, and at once when the end was reached: a client may leave before anybody listens. */
    on: (listener: () => void): void => {
      if (listeners === null) listener();
      else listeners.push(listener);
    },
    reached: (): void => {
      const all = listeners ?? [];
      listeners = null;
      for (const listener of all) listener();
    },
  };
}

const addressOfPeer = ({ socket: { remoteAddress } }: IncomingMessage): Pick<RuntimeBindings, "address"> =>
  remoteAddress === undefined ? {} : { address: remoteAddress };

const addressOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;

async function listen(server: Server, host: string, port: number): Promise<void> {
  const where = `${host}:${port}`;
  const name = host.replace(/^\[(.*)\]$/, "$1");
  // Bun names another cause each time for a name that does not resolve, so it is looked up first.
  await lookup(name).catch(() => {
    throw notHere(host);
  });
  try {
    server.listen(port, name);
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      const hint = "Stop what uses it, or choose another PORT (0 takes a free one).";
      throw new AppError("unavailable", `Something else listens on ${where}.`, { hint, cause: error });
    }
    if (code === "EACCES") {
      const hint = "Choose another PORT; those below 1024 need rights of their own.";
      throw new AppError("unavailable", `The address ${where} cannot be listened on.`, { hint, cause: error });
    }
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") throw notHere(host);
    throw error;
  }
}

function notHere(host: string): ConfigError {
  const expected = "expected an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all";
  return new ConfigError([`HOST: ${expected}; ${JSON.stringify(host)} is none (some shells set HOST by themselves)`]);
}
