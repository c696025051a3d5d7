import type { Scope } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../environment.ts";
import { type Auth, requireScope } from "./auth.ts";

/** Lets a request through when its key has the scope, and tells the handlers who sent it. */
export function authorize(auth: Auth, scope: Scope): MiddlewareHandler<AppEnv> {
  return async function authorize(c, next) {
    const principal = await auth.authenticate(c.req.raw);
    c.set("principal", principal);
    requireScope(principal, scope);
    await next();
  };
}
