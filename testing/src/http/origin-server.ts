import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { answer } from "./answer.ts";
import { type Exchange, logRequest, type RequestLogEntry } from "./request-log.ts";

/** Handles a request. Exceptions after the client has disconnected are ignored. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

/** A listening server of 127.0.0.1 whose every request is logged. */
export interface OriginServer {
  readonly port: number;
  readonly requests: RequestLogEntry[];
  /** Drops every connection and stops listening. */
  stop(): Promise<void>;
}

/** Key and certificate (PEM) of a TLS origin. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Starts a server on a free port of 127.0.0.1; over TLS when it is given an identity. */
export async function startOriginServer(handler: Handler, tls?: TlsIdentity): Promise<OriginServer> {
  const requests: RequestLogEntry[] = [];
  const stopping = new AbortController();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    request.on("error", () => gone.abort());
    response.on("error", () => gone.abort());
    const url = new URL(request.url ?? "/", `${tls ? "https" : "http"}://${request.headers.host ?? "localhost"}`);
    const entry = logRequest(request, url);
    requests.push(entry);
    const signal = AbortSignal.any([gone.signal, stopping.signal]);
    const exchange: Exchange = { request, response, url, entry, signal };
    Promise.resolve()
      .then(() => handler(exchange))
      .catch((error: unknown) => {
        if (signal.aborted || response.headersSent) response.destroy();
        // A bug of the origin itself must fail the test instead of looking like a fault of the site.
        else answer(exchange, 599, "text/plain", `the sample origin failed: ${String(error)}`);
      });
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the origin got no TCP port");
  return {
    port: address.port,
    requests,
    async stop() {
      stopping.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads a request's body as JSON; an empty or broken one counts as an empty object. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 1_048_576) throw new Error("request body over 1 MiB");
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
