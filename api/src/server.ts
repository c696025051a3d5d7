import { AppError, type Logger } from "@vidferry/core";
import type { App, RuntimeBindings } from "./environment.ts";
import { type SocketHandlers, socketProtocol } from "./events/socket.ts";

/** Where and what to serve. */
export interface ServerOptions {
  readonly app: Pick<App, "fetch">;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  /** Seconds that a connection may be silent; streams lift it for themselves. Default 30. */
  readonly idleTimeoutSeconds?: number;
}

/** A server that takes requests. */
export interface RunningServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /**
   * Refuses readiness, sends the readers of event streams away, takes no more connections and waits for the requests that run;
   * those that are not done after `graceMs` are cut off. Resolves when the port is free. Safe to call twice.
   */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

/** Serves the app with Bun. Rejects with `unavailable` when the port cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { app, host, port, logger, idleTimeoutSeconds = 30 } = options;
  const closing = new AbortController();
  const server = listen({
    hostname: host,
    port,
    idleTimeout: idleTimeoutSeconds,
    fetch: (request, server) => {
      const bindings: RuntimeBindings = {
        server,
        closing: closing.signal,
        upgrade: (handshake, handlers, accepts) => {
          const headers = accepts ? { "sec-websocket-protocol": socketProtocol } : {};
          return server.upgrade(handshake, { data: handlers, headers });
        },
      };
      return app.fetch(request, bindings);
    },
    websocket: {
      // Bun pings by itself; a client that answers none within this many seconds is closed.
      idleTimeout: 60,
      maxPayloadLength: 4 * 1024,
      open: (socket) => {
        // 0: the connection is gone, -1: queued beyond what the socket takes.
        const send = (text: string): boolean => socket.send(text) > 0;
        socket.data.open({ send, close: (code, reason) => socket.close(code, reason) });
      },
      // Clients have nothing to say.
      message: () => undefined,
      drain: (socket) => socket.data.drained(),
      close: (socket) => socket.data.closed(),
    },
    error: (error) => {
      logger.error("server failed", { error });
      return new Response(null, { status: 500 });
    },
  });

  let stopped: Promise<void> | undefined;
  async function stop(graceMs: number): Promise<void> {
    closing.abort();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), graceMs);
    });
    const outcome = await Promise.race([server.stop(), grace]);
    clearTimeout(timer);
    if (outcome === "late") {
      logger.warn("requests were cut off", { pending: server.pendingRequests });
      await server.stop(true);
    }
  }

  return {
    url: server.url.href.replace(/\/$/, ""),
    stop: ({ graceMs }) => {
      stopped ??= stop(graceMs);
      return stopped;
    },
  };
}

function listen(options: Bun.Serve.Options<SocketHandlers>): Bun.Server<SocketHandlers> {
  try {
    return Bun.serve(options);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const where = `${options.hostname}:${options.port}`;
    if (code === "EADDRINUSE") {
      const hint = "Stop what uses it, or choose another PORT (0 takes a free one).";
      throw new AppError("unavailable", `Something else listens on ${where}.`, { hint, cause: error });
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL") {
      const hint = "Choose another HOST or PORT; ports below 1024 need rights of their own.";
      throw new AppError("unavailable", `The address ${where} cannot be listened on.`, { hint, cause: error });
    }
    throw error;
  }
}
