import type { Scope } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../environment.ts";
import { clientAddress } from "../http/client/identify-client.ts";
import { type Auth, requireScope } from "./auth.ts";

/** Lets a request through when its key is valid and has the scope, if one is named, and tells the handlers who sent it. */
export function authorize(auth: Auth, scope?: Scope): MiddlewareHandler<AppEnv> {
  return async function authorize(c, next) {
    const principal = await auth.authenticate(c.req.raw, clientAddress(c));
    c.set("principal", principal);
    if (scope !== undefined) requireScope(principal, scope);
    await next();
  };
}
