import type { IncomingMessage, ServerResponse } from "node:http";

/** One request an origin received, and what became of it. Updated while the answer is on its way. */
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
  /** Which of YouTube's clients asked, for the calls that say so (`WEB`, `TVHTML5`, …). */
  client: string | null;
  /** Status of the answer; null until its head was sent. */
  status: number | null;
  /** Bytes of body handed to the network so far. */
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

/** A request on its way through an origin. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly entry: RequestLogEntry;
  /** Aborted when the client has gone or the origin stops. */
  readonly signal: AbortSignal;
}
