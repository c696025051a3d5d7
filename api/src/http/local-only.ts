import { AppError } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import type { ApiConfig } from "../config.ts";
import { canonicalAddress } from "./client/address.ts";
import { ownOrigin } from "./client/identify-client.ts";
import { isWithin } from "./client/networks.ts";
import { isKnownOrigin } from "./origin.ts";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * For a service without keys: only its own address protects it, so a page in the user's browser must not reach it. Refuses
 * host names that are not this machine's (a foreign name that resolves to loopback, DNS rebinding) and changes asked for by
 * pages of other origins. The name is what the client writes, so that of this machine counts from this machine alone; and in another
 * program's server, which may listen to everybody, none counts until that program says who asks, or that it makes no difference.
 */
export function localOnly(config: ApiConfig): MiddlewareHandler<AppEnv> {
  const publicUrl = config.publicUrl === null ? null : new URL(config.publicUrl);
  return async function localOnly(c, next) {
    const address = c.env?.address === undefined ? null : canonicalAddress(c.env.address);
    if (address === null && config.unknownCallers === "refuse") {
      throw new AppError(
        "forbidden",
        "Without keys it must be known who asks, and the program that serves this does not say.",
        {
          hint: 'Set AUTH=keys. Or give `fetch` the peer, `{ address }`, or the API `unknownCallers: "admit"` where nobody else reaches it.',
        },
      );
    }
    const { hostname } = new URL(c.req.url);
    if (loopback.test(hostname) ? isElsewhere(address) : hostname !== publicUrl?.hostname) {
      throw new AppError("forbidden", "Without keys the service answers only to its local name.", {
        hint: "Use http://127.0.0.1 or http://localhost, or set PUBLIC_URL.",
      });
    }
    const from = c.req.header("origin");
    const reads = c.req.method === "GET" || c.req.method === "HEAD" || c.req.method === "OPTIONS";
    if (!reads && !isKnownOrigin(config, from, ownOrigin(c))) {
      throw new AppError("forbidden", "Pages of other origins may not change anything here.", {
        hint: "Name the origin in CORS_ORIGINS.",
      });
    }
    await next();
  };
}

const thisMachine = ["loopback"];

const isElsewhere = (address: string | null): boolean => address !== null && !isWithin(address, thisMachine);
