import { createHash, timingSafeEqual } from "node:crypto";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { answerMessage, mostBytes } from "./answer-message.ts";

export interface McpHttpOptions {
  readonly hostname: string;
  readonly port: number;
  /** What clients must send as `Authorization: Bearer …`. */
  readonly key: string;
  /** Makes the tools of one request: nothing is kept between two. */
  readonly tools: () => McpServer;
}

/** A running server over HTTP. */
export interface McpHttp {
  readonly url: string;
  stop(): Promise<void>;
}

const path = "/mcp";
/** A transcript may take as long as a tool call waits for it. */
const idleSeconds = 120;

/** Serves the tools at `/mcp`, as streamable HTTP without sessions. Pages of other sites are refused, with a key too. */
export function serveMcp({ hostname, port, key, tools }: McpHttpOptions): McpHttp {
  const wanted = digest(`Bearer ${key}`);
  const server = Bun.serve({
    hostname,
    port,
    idleTimeout: idleSeconds,
    maxRequestBodySize: mostBytes,
    fetch: async (request) => {
      if (new URL(request.url).pathname !== path) return refuse(404, `The tools are at ${path}.`);
      if (!isOwnPage(request.headers.get("origin"))) return refuse(403, "Pages of other sites may not use it.");
      const given = digest(request.headers.get("authorization") ?? "");
      if (!timingSafeEqual(given, wanted))
        return refuse(401, "Send the key: Authorization: Bearer …", { "WWW-Authenticate": "Bearer" });
      if (request.method !== "POST") return refuse(405, "Only POST: there are no sessions.", { Allow: "POST" });
      return await answerMessage(request, tools());
    },
    error: () => refuse(500, "Something went wrong inside Vidferry."),
  });
  return {
    url: new URL(path, server.url).href,
    stop: () => server.stop(true),
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Programs send no origin; a page on this machine, such as an inspector, is its user's own. */
const isOwnPage = (origin: string | null): boolean =>
  origin === null || /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin);

const refuse = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json({ jsonrpc: "2.0", error: { code: -32_000, message }, id: null }, { status, headers });
