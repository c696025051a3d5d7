import type { IncomingMessage, ServerResponse } from "node:http";

/** A request that an origin received, and its response so far. */
export interface RequestLogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Host without the port. */
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The Range header as sent, for example `bytes=0-1023`. */
  readonly range: string | null;
  /** The Cookie header as sent. */
  readonly cookie: string | null;
  /** YouTube client that sent the request, for API calls (`WEB`, `TVHTML5`, …). */
  client: string | null;
  /** Status of the response; null until its head was sent. */
  status: number | null;
  /** Bytes of the body written to the socket so far. */
  bytesSent: number;
}

/** Starts the log entry of a request. */
export function logRequest(request: IncomingMessage, url: URL): RequestLogEntry {
  return {
    at: Date.now(),
    method: request.method ?? "GET",
    host: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    range: request.headers.range ?? null,
    cookie: request.headers.cookie ?? null,
    client: null,
    status: null,
    bytesSent: 0,
  };
}

/** A request that an origin processes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly entry: RequestLogEntry;
  /** Aborts when the client disconnects or the origin stops. */
  readonly signal: AbortSignal;
}
