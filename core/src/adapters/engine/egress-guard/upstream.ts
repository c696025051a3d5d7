import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { rootCertificates, connect as tlsConnect } from "node:tls";
import { badGateway, EgressError, gatewayTimeout, UpstreamError } from "./egress-error.ts";
import { encodeHead, headerValues, readHead } from "./head.ts";
import { formatAuthority, type Target } from "./target.ts";

/** A proxy of the operator that all traffic is forwarded through. */
export interface UpstreamProxy {
  readonly kind: "http" | "https" | "socks4" | "socks5";
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

export interface UpstreamOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** More certificate authorities for an `https:` proxy, PEM. */
  readonly ca: string | undefined;
}

const schemes: Readonly<Record<string, { readonly kind: UpstreamProxy["kind"]; readonly port: number }>> = {
  "http:": { kind: "http", port: 80 },
  "https:": { kind: "https", port: 443 },
  "socks4:": { kind: "socks4", port: 1080 },
  "socks4a:": { kind: "socks4", port: 1080 },
  "socks5:": { kind: "socks5", port: 1080 },
  "socks5h:": { kind: "socks5", port: 1080 },
};

/**
 * Reads a proxy's URL. Names are always left to the proxy to resolve, so `socks5:` means the same as `socks5h:`.
 * @throws Error when it is no such URL; the message does not repeat it, since it may hold credentials.
 */
export function parseUpstreamProxy(text: string): UpstreamProxy {
  const url = URL.parse(text);
  const scheme = schemes[url?.protocol ?? ""];
  if (!url || !scheme || url.hostname === "") {
    throw new Error("expected the URL of a proxy: http://, https:// or socks5://[user:password@]host[:port]");
  }
  return {
    kind: scheme.kind,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? scheme.port : Number(url.port),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/** The credentials as a header, when there are any. */
export function upstreamAuthorization(proxy: UpstreamProxy): (readonly [string, string])[] {
  if (proxy.username === "") return [];
  const credentials = Buffer.from(`${proxy.username}:${proxy.password}`).toString("base64");
  return [["Proxy-Authorization", `Basic ${credentials}`]];
}

/** Whether plain requests are handed to the proxy as they are, not through a tunnel: what HTTP proxies expect. */
export function takesPlainRequests(proxy: UpstreamProxy): boolean {
  return proxy.kind === "http" || proxy.kind === "https";
}

/**
 * Connects to the proxy itself.
 * @throws EgressError 502 or 504.
 */
export async function dialUpstream(proxy: UpstreamProxy, options: UpstreamOptions): Promise<Socket> {
  const where = { host: proxy.host, port: proxy.port, allowHalfOpen: true };
  const socket =
    proxy.kind === "https"
      ? tlsConnect({
          ...where,
          // SNI allows no IP addresses; the certificate is verified all the same.
          ...(isIP(proxy.host) === 0 ? { servername: proxy.host } : {}),
          ...(options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] }),
        })
      : connect(where);
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  try {
    await once(socket, proxy.kind === "https" ? "secureConnect" : "connect", { signal: limit });
  } catch (error) {
    socket.destroy();
    options.signal.throwIfAborted();
    throw limit.aborted
      ? new UpstreamError(504, "Connecting to the upstream proxy timed out", "it does not answer")
      : new UpstreamError(502, "Could not connect to the upstream proxy", "it cannot be connected to", error);
  }
  // A late error without a listener would crash the process; the close event is what is handled.
  socket.on("error", () => socket.destroy());
  return socket;
}

/**
 * A tunnel through the proxy to the target, by the target's name.
 * @throws EgressError 502 or 504, with what the proxy answered.
 */
export async function tunnelThrough(proxy: UpstreamProxy, target: Target, options: UpstreamOptions): Promise<Socket> {
  const socket = await dialUpstream(proxy, options);
  const onAbort = () => socket.destroy();
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (proxy.kind === "socks4" || proxy.kind === "socks5")
      await socksHandshake(socket, proxy, target, options.timeoutMs);
    else await connectHandshake(socket, proxy, target, options.timeoutMs);
    return socket;
  } catch (error) {
    socket.destroy();
    options.signal.throwIfAborted();
    throw error;
  } finally {
    options.signal.removeEventListener("abort", onAbort);
  }
}

async function connectHandshake(
  socket: Socket,
  proxy: UpstreamProxy,
  target: Target,
  timeoutMs: number,
): Promise<void> {
  const authority = formatAuthority(target);
  socket.write(encodeHead(`CONNECT ${authority} HTTP/1.1`, [["Host", authority], ...upstreamAuthorization(proxy)]));
  const head = await readHead(socket, timeoutMs).catch((error: unknown) => {
    if (error instanceof EgressError && error.status === 408)
      throw new UpstreamError(504, "The upstream proxy did not answer", "it does not answer");
    const phrase = "The upstream proxy gave no proper answer";
    throw new UpstreamError(502, phrase, "it does not answer as a proxy", error);
  });
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head?.line ?? "")?.[1] ?? 0);
  const page = head !== null && headerValues(head, "content-type").some((type) => /^text\/html\b/i.test(type));
  if (status < 200 || status > 299) throw upstreamFailure(status, page);
  // A sign-in page of a network, or a web server: with a tunnel there is no content that could have a type.
  if (page) throw new UpstreamError(502, "The upstream proxy answered with a page", "it answers with a web page");
}

/**
 * Maps an error answer of the proxy to an error for our client. With 502, 503 and 504 it says that it did not reach the target,
 * which need not be its fault.
 * @param page it came with a web page, as from something that is no proxy
 */
export function upstreamFailure(status: number, page = false): EgressError {
  if (status === 407)
    return new UpstreamError(502, "The upstream proxy refused the credentials", "it refuses the credentials");
  if (status === 504) return gatewayTimeout("The upstream proxy could not reach the host in time");
  const phrase = status === 0 ? "The upstream proxy gave no answer" : `The upstream proxy answered ${status}`;
  if (status === 502 || status === 503) return badGateway(phrase);
  const what = status === 0 ? "it does not answer as a proxy" : `it answers ${status}${page ? " with a web page" : ""}`;
  return new UpstreamError(502, phrase, what);
}

/** Loads what a proxy needs: the client of SOCKS is an optional peer, since few have such a proxy. */
export async function loadUpstream({ kind }: UpstreamProxy): Promise<void> {
  if (kind === "socks4" || kind === "socks5") await import("socks");
}

async function socksHandshake(socket: Socket, proxy: UpstreamProxy, target: Target, timeoutMs: number): Promise<void> {
  try {
    const { SocksClient } = await import("socks");
    await SocksClient.createConnection({
      command: "connect",
      destination: { host: target.host, port: target.port },
      existing_socket: socket,
      timeout: timeoutMs,
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: proxy.kind === "socks4" ? 4 : 5,
        ...(proxy.username === "" ? {} : { userId: proxy.username, password: proxy.password }),
      },
    });
  } catch (error) {
    // The library's error carries its options, credentials included: only its message may be passed on.
    const message = error instanceof Error ? error.message : "";
    const cause = new Error(message);
    // What the proxy itself refused is told by a status; anything else is that it does not speak SOCKS as it should.
    if (/rejected connection|Socks4 Proxy rejected/i.test(message) && !/NotAllowed/.test(message))
      throw badGateway("The upstream proxy could not reach the host", cause);
    const what = /auth/i.test(message) ? "it refuses the credentials" : "it does not answer as a SOCKS proxy";
    throw new UpstreamError(502, "The upstream proxy could not reach the host", what, cause);
  }
}
