import { AppError } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import type { ApiConfig } from "../config.ts";
import { clientAddress } from "../http/client/identify-client.ts";
import { expectKnownPage } from "../http/foreign-pages.ts";
import { countOwner } from "../limits/limit-requests.ts";
import type { RequestLimits } from "../limits/limits.ts";
import type { ApiService } from "../service.ts";
import { type Auth, requireScope } from "./auth.ts";
import { hashOf } from "./keys.ts";

/**
 * Lets a request for events through by its ticket, or else as `byKey` does. Pages of foreign origins are refused before their
 * ticket is taken: a URL with a ticket needs no preflight, so that CORS alone would use it up.
 */
export function authorizeStream(
  {
    auth,
    service,
    config,
    limits,
  }: {
    readonly auth: Pick<Auth, "attempt" | "stillAllows">;
    readonly service: Pick<ApiService, "takeTicket">;
    readonly config: ApiConfig;
    readonly limits: RequestLimits | null;
  },
  byKey: MiddlewareHandler<AppEnv>,
): MiddlewareHandler<AppEnv> {
  return async function authorizeStream(c, next) {
    const ticket = c.req.query("ticket");
    if (ticket === undefined) return byKey(c, next);
    expectKnownPage(config, c);
    const principal = await auth.attempt({
      hash: hashOf(ticket),
      once: true,
      address: clientAddress(c),
      open: () => service.takeTicket(ticket),
    });
    const { keyId } = principal;
    if (keyId !== null && !(await auth.stillAllows(keyId, "downloads:read"))) {
      throw new AppError("unauthorized", "The key that the ticket was made with is not valid any more.");
    }
    c.set("principal", principal);
    await countOwner(limits, c, principal.owner);
    requireScope(principal, "downloads:read");
    await next();
  };
}
