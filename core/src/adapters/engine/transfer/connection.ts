import type { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { readBody } from "./body.ts";
import { type ByteReader, createByteReader, readHeadText } from "./byte-reader.ts";
import { ConnectionBroken } from "./errors.ts";

/** Connects to a host, if that is allowed. All connections of a transfer use it, so its provider controls what can be reached. */
export type Dial = (target: { readonly host: string; readonly port: number }, signal: AbortSignal) => Promise<Socket>;

/** Longest silence of a connection where nothing else is said. */
export const defaultIdleMs = 20_000;

/** How connections are made. */
export interface ConnectOptions {
  readonly dial: Dial;
  /** Certificate authorities in place of the runtime's own, PEM. */
  readonly ca?: string | undefined;
  /** Longest silence of a connection. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** The answer to a request, before its body is read. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** By name in lower case; values of repeated headers are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Length of the body; null when the head does not say: it comes in chunks, or ends with the connection. */
  readonly length: number | null;
  /** Reads the body to its end. The result of `take` is awaited before more is read. Rejects with `ConnectionBroken`. */
  body(take: (pieces: readonly Buffer[]) => Promise<void>): Promise<void>;
}

/** A connection to one origin, with one request at a time. */
export interface Connection {
  readonly origin: string;
  /** Sends a GET and reads the answer's head; the body before must have been read. Rejects with `ConnectionBroken`. */
  get(url: URL, headers: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends a POST with this body, whose `Content-Length` is among the headers, and reads the answer's head. */
  post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>;
  /** Whether another request can follow. */
  readonly isReusable: boolean;
  close(): void;
}

/**
 * Connects to the origin of a URL: HTTP/1.1, with TLS for `https:`. A client of our own because, across all runtimes, no
 * built-in client accepts a connected socket and reuses it for further requests.
 */
export async function openConnection(url: URL, options: ConnectOptions): Promise<Connection> {
  const { signal, idleMs } = options;
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const plain = await options.dial({ host, port }, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new ConnectionBroken(error instanceof Error ? error.message : "it could not be connected", { cause: error });
  });
  const socket = secure ? await secured(plain, host, options) : plain;
  const onAbort = () => socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", onAbort));
  if (signal.aborted) onAbort();
  const reader = createByteReader(socket, idleMs);
  let reusable = true;

  const ask = async (request: string): Promise<Answer> => {
    signal.throwIfAborted();
    reusable = false;
    socket.write(request);
    const head = await readFinalHead(reader);
    const { headers: sent } = head;
    const said = /^\d{1,15}$/.test(sent.get("content-length") ?? "") ? Number(sent.get("content-length")) : null;
    const encoding = sent.get("transfer-encoding")?.toLowerCase() ?? null;
    const length = encoding === null ? said : null;
    const keeps = head.version === "1.1" && !/\bclose\b/i.test(sent.get("connection") ?? "");
    return {
      ...head,
      length,
      async body(take) {
        await readBody(reader, { length, encoding }, async (pieces) => {
          signal.throwIfAborted();
          await take(pieces);
        });
        reusable = keeps && (length !== null || encoding !== null);
      },
    };
  };

  return {
    origin: url.origin,
    get isReusable() {
      return reusable && !socket.destroyed;
    },
    close: () => socket.destroy(),
    get: (target, headers) => ask(requestHead("GET", target, headers)),
    post: (target, headers, body) => ask(requestHead("POST", target, headers) + body),
  };
}

async function secured(plain: Socket, host: string, { ca, idleMs, signal }: ConnectOptions): Promise<Socket> {
  const socket = tlsConnect({
    socket: plain,
    ALPNProtocols: ["http/1.1"],
    // SNI allows no IP addresses; the certificate is verified all the same.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...(ca === undefined ? {} : { ca }),
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(idleMs)]);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.on("error", reject);
      plain.once("close", () => reject(new Error("the connection closed")));
      limit.addEventListener("abort", () => reject(limit.reason), { once: true });
    });
    return socket;
  } catch (error) {
    socket.destroy();
    plain.destroy();
    signal.throwIfAborted();
    throw new ConnectionBroken(error instanceof Error ? error.message : "TLS failed", { cause: error });
  }
}

/** Interim answers before one that counts; no origin has reason to send more. */
const mostInterim = 10;

async function readFinalHead(reader: ByteReader) {
  for (let interim = 0; interim <= mostInterim; interim += 1) {
    const head = parseHead(await readHeadText(reader));
    if (head.status < 100 || head.status >= 200) return head;
  }
  // What has arrived is read without a pause: going on would leave the process no time for anything else.
  throw new ConnectionBroken("only interim answers came");
}

function requestHead(method: "GET" | "POST", url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: url.host, ...headers, "Accept-Encoding": "identity", Connection: "keep-alive" });
  // A line break in a value would inject another header or request.
  const fields = lines.map(([name, value]) => `${name}: ${value.replace(/[\r\n\0]/g, " ")}`);
  return `${[`${method} ${url.pathname}${url.search} HTTP/1.1`, ...fields].join("\r\n")}\r\n\r\n`;
}

function parseHead(text: string) {
  const [line = "", ...rest] = text.split("\r\n");
  const [, version, status, reason = ""] = /^HTTP\/(1\.[01]) (\d{3})(?: (.*))?$/.exec(line) ?? [];
  if (status === undefined) throw new ConnectionBroken("the answer is no HTTP");
  const headers = new Map<string, string>();
  for (const field of rest) {
    // The value without the blanks around it, read in one pass: blanks inside it must not be tried again from each of them.
    const [, name, value = ""] = /^([^\s:]+):[ \t]*((?:[^ \t]+(?:[ \t]+[^ \t]+)*)?)[ \t]*$/.exec(field) ?? [];
    if (name === undefined) throw new ConnectionBroken("the head of the answer cannot be read");
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return { version, status: Number(status), reason: reason.slice(0, 200), headers };
}
