import type { Scope } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import { clientAddress } from "../http/client/identify-client.ts";
import { countOwner } from "../limits/limit-requests.ts";
import type { RequestLimits } from "../limits/limits.ts";
import { type Auth, requireScope } from "./auth.ts";

/** Lets a request through when its key is valid and has the scope, if one is named, and tells the handlers who sent it. */
export function authorize(auth: Auth, limits: RequestLimits | null, scope?: Scope): MiddlewareHandler<AppEnv> {
  return async function authorize(c, next) {
    const principal = await auth.authenticate(c.req.raw, clientAddress(c), c.get("sessionKey"));
    c.set("principal", principal);
    await countOwner(limits, c, principal.owner);
    if (scope !== undefined) requireScope(principal, scope);
    await next();
  };
}
