import { Buffer } from "node:buffer";
import { lookup as systemLookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Logger } from "../../../telemetry/logger.ts";
import { dial } from "./dial.ts";
import { EgressError, refusal, schemePhrase } from "./egress-error.ts";
import { forwardRequest } from "./forward.ts";
import { encodeHead, headerValues, readHead } from "./head.ts";
import { joinSockets } from "./join.ts";
import { systemNetworks } from "./own-networks.ts";
import { createPolicy, type Lookup } from "./policy.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createRoutes, type Route } from "./routes.ts";
import { formatAuthority, parseAbsoluteUri, parseAuthority, type Target } from "./target.ts";
import {
  dialUpstream,
  takesPlainRequests,
  tunnelThrough,
  type UpstreamProxy,
  upstreamAuthorization,
} from "./upstream.ts";

/** A connection that was refused. */
export interface Refusal {
  readonly at: Date;
  readonly host: string;
  readonly port: number;
  readonly reason: string;
}

export interface EgressGuardOptions {
  /** `host` or `host:port` that may be private, or on a port that is not the web's (ALLOW_PRIVATE_HOSTS). */
  readonly allowPrivateHosts: readonly string[];
  /** Hosts, with their subdomains, that may be reached besides; absent: every public one. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** All traffic is forwarded through this proxy (PROXY_URL): `http:`, `https:` or `socks5:`, with credentials. */
  readonly upstreamProxy?: string | undefined;
  /** More certificate authorities for an `https:` upstream proxy, PEM. */
  readonly upstreamCa?: string | undefined;
  readonly logger: Logger;
  readonly onRefusal?: (refusal: Refusal) => void;
  /** Resolves names; the system's resolver. */
  readonly lookup?: Lookup;
  /** The networks that this machine is on, each as an address with its prefix; those of the system's interfaces. */
  readonly ownNetworks?: () => readonly string[];
  /** For the request's head. Default: 10 s. */
  readonly headTimeoutMs?: number;
  /** For resolving, for connecting, and for an upstream proxy's consent, each. Default: 15 s. */
  readonly connectTimeoutMs?: number;
  /** Longest silence of a connection; 5 minutes. */
  readonly idleTimeoutMs?: number;
  /** How much may come from all hosts together, in bytes a second; no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** Clients at once; further ones are refused. Default: 2,048. */
  readonly maxClients?: number;
}

/** A way through the guard for one egress, with credentials of its own, so that nobody else's connections take it. */
export interface GuardRoute {
  /** For `--proxy` and `http_proxy`: a secret. */
  readonly url: string;
  /** How the route's own proxy has failed since the route was opened, for people; null: it has not, or it has worked since. */
  failure(): string | null;
  /** Ends the route: its credentials are refused from now on. Connections that are open stay. */
  close(): void;
}

/** A running guard. `await using guard = await startEgressGuard(…)` stops it at the end of the block. */
export interface EgressGuard extends AsyncDisposable {
  /** For `--proxy` and `http_proxy`, with credentials of its own: a secret. */
  readonly url: string;
  /**
   * Connects as a client of the proxy is connected, with the same checks, for work of this process itself. Rejects with
   * `EgressError`, or the signal's reason. The socket may be paused.
   */
  connect(target: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Socket>;
  /**
   * Opens a route that goes on through this proxy; null: through none, whatever `upstreamProxy` says.
   * @throws Error when it is no URL of a proxy, or the package is missing that it needs.
   */
  openRoute(upstreamProxy: string | null): Promise<GuardRoute>;
  /** `connect` for the route with this URL, the guard's own among them; null: there is none. */
  connectThrough(url: string): EgressGuard["connect"] | null;
  /** The latest refusals, at most 100. */
  readonly refusals: readonly Refusal[];
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

const keptRefusals = 100;
/** With an upstream proxy the answer only serves to refuse, and networks with such a proxy often have no DNS. */
const upstreamLookupMs = 3_000;

/**
 * Starts a proxy on 127.0.0.1 that enforces the egress policy for child processes: a name is resolved once, all its addresses
 * must be public, and the connection uses an address that was checked, so neither a redirect nor a manifest nor DNS rebinding
 * reaches the internal network. It speaks CONNECT and plain HTTP, with credentials that only our children know.
 *
 * A refused target is answered `403 Host not allowed by Vidferry`. With an upstream proxy names are passed on unresolved: those
 * that resolve here to a private address and local names are refused, others that do not resolve here are left to the proxy.
 * @throws Error when `allowPrivateHosts` or `upstreamProxy` cannot be read, or the package `socks` is missing that such a proxy needs.
 */
export async function startEgressGuard(options: EgressGuardOptions): Promise<EgressGuard> {
  const headTimeoutMs = options.headTimeoutMs ?? 10_000;
  const connectTimeoutMs = options.connectTimeoutMs ?? 15_000;
  const idleTimeoutMs = options.idleTimeoutMs ?? 300_000;
  const limit = options.bytesPerSecond === undefined ? null : createRateLimit(options.bytesPerSecond);
  const stopping = new AbortController();
  const sockets = new Set<Socket>();
  const refusals: Refusal[] = [];
  let port = 0;

  const policyFor = (behindProxy: boolean) =>
    createPolicy({
      allowPrivateHosts: options.allowPrivateHosts,
      allowedHosts: options.allowedHosts ?? null,
      lookup:
        options.lookup ?? (async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address)),
      lookupTimeoutMs: behindProxy ? Math.min(connectTimeoutMs, upstreamLookupMs) : connectTimeoutMs,
      trustUnresolved: behindProxy,
      ownPort: () => port,
      // Called for each check: interfaces and addresses change.
      ownNetworks: options.ownNetworks ?? systemNetworks,
    });
  const policies = { direct: policyFor(false), behindProxy: policyFor(true) };
  const routes = createRoutes();
  const own = await routes.open(options.upstreamProxy ?? null);

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    return socket;
  };
  const refuse = (target: Target, error: EgressError) => {
    const entry = { at: new Date(), host: target.host, port: target.port, reason: error.message };
    refusals.push(entry);
    if (refusals.length > keptRefusals) refusals.shift();
    options.logger.warn("egress refused", { host: entry.host, port: entry.port, reason: entry.reason });
    options.onRefusal?.(entry);
  };
  const checked = async ({ upstream }: Route, target: Target): Promise<readonly string[]> => {
    try {
      return await (upstream === null ? policies.direct : policies.behindProxy).check(target);
    } catch (error) {
      if (error instanceof EgressError && error.status === 403) refuse(target, error);
      throw error;
    }
  };

  async function serve(client: Socket): Promise<void> {
    const head = await readHead(client, headTimeoutMs);
    if (!head) return void client.end();
    const [, method = "", uri = ""] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(head.line) ?? [];
    const route = routes.find(headerValues(head, "proxy-authorization")[0] ?? "");
    if (route === null)
      throw new EgressError(407, "Proxy Authentication Required", "the credentials are missing or wrong");
    if (method !== "CONNECT" && /^(?!https?:)[a-z][a-z0-9+.-]*:/i.test(uri)) {
      const scheme = uri.slice(0, uri.indexOf(":") + 1).slice(0, 20);
      options.logger.warn("egress refused", { scheme, reason: "the scheme is not http" });
      throw new EgressError(403, schemePhrase, `${scheme} is not http: or https:`);
    }
    const plain = method === "CONNECT" ? null : parseAbsoluteUri(uri);
    const target = plain ? plain.target : method === "CONNECT" ? parseAuthority(uri) : null;
    if (!target && (method === "CONNECT" || /^http:/i.test(uri))) throw refusal("that is no proper host");
    if (!target) throw new EgressError(400, "Bad Request", "expected CONNECT host:port or an absolute http: URI");

    // The client is paused meanwhile, so that nothing is buffered; if it disconnects, dialling is aborted.
    const gone = new AbortController();
    const onGone = () => gone.abort(new EgressError(499, "Client Closed Request", "the client has gone"));
    client.once("close", onGone);
    let remote: Socket;
    try {
      const addresses = await checked(route, target);
      const signal = AbortSignal.any([gone.signal, stopping.signal]);
      remote = track(await connectTo(route, target, addresses, plain !== null, signal));
    } finally {
      client.off("close", onGone);
    }
    if (client.destroyed) return void remote.destroy();
    if (!plain) {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      return joinSockets(client, remote, idleTimeoutMs, limit);
    }
    const { upstream } = route;
    const viaProxy = upstream !== null && takesPlainRequests(upstream);
    const request = {
      method,
      target,
      head,
      uri: viaProxy ? `http://${formatAuthority(target)}${plain.path}` : plain.path,
      authorization: viaProxy ? upstreamAuthorization(upstream) : [],
    };
    await forwardRequest(client, remote, request, idleTimeoutMs, limit).catch((error: unknown) => {
      remote.destroy();
      route.noteFailure(error);
      throw error;
    });
  }

  async function connectTo(
    route: Route,
    target: Target,
    addresses: readonly string[],
    plain: boolean,
    signal: AbortSignal,
  ): Promise<Socket> {
    const { upstream } = route;
    if (upstream === null) return await dial(addresses, target.port, { timeoutMs: connectTimeoutMs, signal });
    const how = { timeoutMs: connectTimeoutMs, signal, ca: options.upstreamCa };
    try {
      if (plain && takesPlainRequests(upstream)) return await dialUpstream(upstream, how);
      const socket = await tunnelThrough(upstream, target, how);
      route.noteSuccess();
      return socket;
    } catch (error) {
      if (!signal.aborted) route.noteFailure(error);
      throw error;
    }
  }

  const itself = ({ username, password }: Route): UpstreamProxy => ({
    kind: "http",
    host: "127.0.0.1",
    port,
    username,
    password,
  });
  const connectBy =
    (route: Route): EgressGuard["connect"] =>
    async (wanted, signal) => {
      const target = parseAuthority(formatAuthority(wanted));
      if (!target) throw refusal("that is no proper host");
      const either = AbortSignal.any([signal, stopping.signal]);
      const addresses = await checked(route, target);
      // Held back like a child's, by going through the guard itself.
      const socket =
        limit === null
          ? await connectTo(route, target, addresses, false, either)
          : await tunnelThrough(itself(route), target, { timeoutMs: connectTimeoutMs, signal: either, ca: undefined });
      socket.on("error", () => socket.destroy());
      return track(socket);
    };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    if (sockets.size >= 2 * (options.maxClients ?? 2_048)) return void client.destroy();
    track(client);
    serve(client).catch((error: unknown) => answerError(client, error, options.logger));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no TCP port");
  port = address.port;

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      stopping.abort(new EgressError(503, "Shutting down", "the guard is shutting down"));
      for (const socket of sockets) socket.destroy();
    });
    return stopped;
  };
  const urlOf = ({ username, password }: Route): string => `http://${username}:${password}@127.0.0.1:${port}`;
  return {
    url: urlOf(own),
    connect: connectBy(own),
    openRoute: async (upstreamProxy) => {
      const route = await routes.open(upstreamProxy);
      return { url: urlOf(route), failure: route.failure, close: () => routes.close(route) };
    },
    connectThrough: (url) => {
      const route = routes.all().find((candidate) => urlOf(candidate) === url);
      return route === undefined ? null : connectBy(route);
    },
    refusals,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Sends the reason, also in the status line for clients that show nothing else, and closes. */
function answerError(client: Socket, error: unknown, logger: Logger): void {
  if (client.destroyed) return;
  const known = error instanceof EgressError;
  if (!known) logger.error("egress guard failed", { error: error instanceof Error ? error.message : "unknown" });
  const body = `${known ? error.message : "The egress guard failed"}\n`;
  client.write(
    encodeHead(`HTTP/1.1 ${known ? `${error.status} ${error.phrase}` : "500 Internal Server Error"}`, [
      ...(known && error.status === 407 ? [["Proxy-Authenticate", 'Basic realm="vidferry"'] as const] : []),
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Content-Length", String(Buffer.byteLength(body))],
      ["Connection", "close"],
    ]),
  );
  client.end(body);
  // Read on until the answer has arrived: closing with unread data would reset the connection.
  client.resume();
  client.setTimeout(lingerMs, () => client.destroy());
}

const lingerMs = 2_000;
