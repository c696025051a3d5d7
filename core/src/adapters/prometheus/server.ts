import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What is served. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** A running server of metrics. */
export interface MetricsServer {
  readonly url: string;
  stop(): Promise<void>;
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
/** Scrapers ask every few seconds, over a few connections that they keep. */
const maxConnections = 32;

/**
 * Serves `GET /metrics` on a port of its own, to everybody who can reach it. On a loopback address it answers to local names
 * only, so that no web page reaches it by a name of its own (DNS rebinding). Rejects when the port cannot be had.
 */
export async function startMetricsServer(
  metrics: MetricsText,
  options: { readonly host: string; readonly port: number; readonly onError: (error: unknown) => void },
): Promise<MetricsServer> {
  const { host, port, onError } = options;
  const isLocal = loopback.test(host) || host === "::1";
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(metrics, isLocal, request, response).catch((error: unknown) => {
      onError(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  server.on("error", onError);
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}/metrics`,
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  metrics: MetricsText,
  isLocal: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const say = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
    response.end(request.method === "HEAD" ? undefined : text);
  };
  if (isLocal && !loopback.test(request.headers.host ?? "")) return say(403, "Ask by a local name.\n");
  if ((request.url ?? "").split("?")[0] !== "/metrics") return say(404, "There is only /metrics here.\n");
  if (request.method !== "GET" && request.method !== "HEAD") return say(405, "Only GET.\n", { allow: "GET, HEAD" });
  const text = await metrics.text();
  say(200, text, { "content-type": metrics.contentType, "cache-control": "no-store" });
}
