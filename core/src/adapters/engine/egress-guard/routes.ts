import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { UpstreamError } from "./egress-error.ts";
import { loadUpstream, parseUpstreamProxy, type UpstreamProxy } from "./upstream.ts";

/** One way through the guard: who names its credentials goes on through its proxy. */
export interface Route {
  readonly username: string;
  readonly password: string;
  /** Null: none, connections go straight to their target. */
  readonly upstream: UpstreamProxy | null;
  noteSuccess(): void;
  /** Notes an error of the proxy itself; others are the target's, and tell nothing of it. */
  noteFailure(error: unknown): void;
  /** How the proxy has failed since it last worked; null: it has not. */
  failure(): string | null;
}

/** The routes of one guard. */
export interface Routes {
  /** @throws Error when it is no URL of a proxy, or the package is missing that it needs. */
  open(upstreamProxy: string | null): Promise<Route>;
  close(route: Route): void;
  /** The route with these credentials, as a client sends them; null: there is none. */
  find(authorization: string): Route | null;
  all(): readonly Route[];
}

const username = "vidferry";

/** Found by digest, so that a comparison takes no longer for credentials that are nearly right. */
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export function createRoutes(): Routes {
  const routes = new Map<string, Route>();
  const keyOf = (route: Pick<Route, "password">): string =>
    digest(`Basic ${Buffer.from(`${username}:${route.password}`).toString("base64")}`);
  return {
    open: async (upstreamProxy) => {
      const upstream = upstreamProxy === null || upstreamProxy === "" ? null : parseUpstreamProxy(upstreamProxy);
      if (upstream !== null) await loadUpstream(upstream);
      let failed: string | null = null;
      const route: Route = {
        username,
        password: randomBytes(24).toString("base64url"),
        upstream,
        noteSuccess: () => {
          failed = null;
        },
        noteFailure: (error) => {
          if (error instanceof UpstreamError) failed = error.detail;
        },
        failure: () => failed,
      };
      routes.set(keyOf(route), route);
      return route;
    },
    close: (route) => void routes.delete(keyOf(route)),
    find: (authorization) => routes.get(digest(authorization)) ?? null,
    all: () => [...routes.values()],
  };
}
