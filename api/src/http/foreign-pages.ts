import { AppError } from "@vidferry/core";
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import type { ApiConfig } from "../config.ts";
import { ownOrigin } from "./client/identify-client.ts";
import { isKnownOrigin } from "./origin.ts";

/** Throws `forbidden` when a page asks that is neither of the service nor of an origin that the operator named. */
export function expectKnownPage(config: ApiConfig, c: Context<AppEnv>): void {
  if (isKnownOrigin(config, c.req.header("origin"), ownOrigin(c))) return;
  throw new AppError("forbidden", "Pages of other origins may not use this.", {
    hint: "Name the origin in CORS_ORIGINS.",
  });
}

/** Refuses what pages of unknown origins ask for. For WebSockets, which browsers let any page open to anywhere. */
export function refuseForeignPages(config: ApiConfig): MiddlewareHandler<AppEnv> {
  return async function refuseForeignPages(c, next) {
    expectKnownPage(config, c);
    await next();
  };
}
