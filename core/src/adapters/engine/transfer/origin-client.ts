import type { Buffer } from "node:buffer";
import type { Span } from "./byte-spans.ts";
import { type Answer, type Connection, type ConnectOptions, openConnection } from "./connection.ts";
import { ConnectionBroken, RequestRefused } from "./errors.ts";
import { mayCondition } from "./range-answer.ts";

/** URL of a file, and the headers that its origin expects. */
export interface Source {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Largest range to request from the origin; null: no limit. */
  readonly chunkBytes: number | null;
}

/** Requests files over a connection of its own, one after the other; follows redirects. */
export interface OriginClient {
  /** Rejects with `ConnectionBroken`, `RequestRefused`, or the signal's reason. */
  get(request: FileRequest): Promise<Answer>;
  close(): void;
}

/** A request for a file, or for a part of it. */
export interface FileRequest {
  readonly source: Source;
  readonly place: Place;
  /** Null: the whole file. */
  readonly span: Span | null;
  /** The origin answers with the whole file when it has changed (`If-Range`). */
  readonly validator: string | null;
}

/** The URL after redirects; shared by all requests for a source, so that redirects are followed once. */
export interface Place {
  url: URL;
}

const mostRedirects = 10;
/** Bodies that nobody wants are read up to this size to reuse the connection; after larger ones it is closed. */
const smallBody = 64 * 1024;

/** Nothing is connected before the first request. */
export function createOriginClient(options: ConnectOptions): OriginClient {
  let connection: Connection | null = null;

  const connect = async (url: URL): Promise<Connection> => {
    if (connection?.isReusable === true && connection.origin === url.origin) return connection;
    connection?.close();
    connection = await openConnection(url, options);
    return connection;
  };

  return {
    async get({ source, place, span, validator }) {
      const first = new URL(source.url).origin;
      let url = place.url;
      for (let hops = 0; hops <= mostRedirects; hops += 1) {
        const range =
          span === null ? {} : { Range: `bytes=${span.start}-${Number.isFinite(span.end) ? span.end - 1 : ""}` };
        const headers = { ...headersFor(source, url.origin === first), ...range };
        const reused = connection?.isReusable === true;
        const ask = async () =>
          (await connect(url)).get(
            url,
            span !== null && mayCondition(validator) ? { ...headers, "If-Range": validator } : headers,
          );
        const answer = await ask().catch((error: unknown) => {
          // The origin may close an idle connection just as it is reused.
          if (!reused || !(error instanceof ConnectionBroken)) throw error;
          return ask();
        });
        const location = answer.headers.get("location");
        if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) {
          if (answer.status === 200 || answer.status === 206) place.url = url;
          return answer;
        }
        const next = URL.parse(location, url);
        if (next === null || (next.protocol !== "http:" && next.protocol !== "https:")) {
          throw new RequestRefused(answer.status, "it leads to an address that is neither http nor https");
        }
        await skipSmallBody(answer);
        url = next;
      }
      throw new RequestRefused(310, "too many redirects");
    },
    close() {
      connection?.close();
      connection = null;
    },
  };
}

/** Reads the body of an answer to make its connection reusable, if that is cheap. */
export async function skipSmallBody({ length, body }: Answer): Promise<void> {
  if (length !== null && length <= smallBody) await body(ignore).catch(() => undefined);
}

const ignore = async (_: readonly Buffer[]): Promise<void> => undefined;

const ours = new Set([
  "host",
  "range",
  "if-range",
  "accept-encoding",
  "connection",
  "content-length",
  "transfer-encoding",
]);
/** Headers that are not sent to another origin after a redirect. */
const confidential = new Set(["cookie", "authorization"]);

function headersFor({ headers }: Source, isFirst: boolean): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => {
    const key = name.toLowerCase();
    return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && !ours.has(key) && (isFirst || !confidential.has(key));
  });
  return Object.fromEntries(kept);
}
