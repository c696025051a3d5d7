import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";

// A secret in the wrong header (a key, a ticket, that of a webhook) would be logged and stored.
const acceptable = /^(?!vft?_|whsec_)[\w-]{8,64}$/;

/** A new id for a request. */
export const newRequestId = (): string => `req_${crypto.randomUUID().replaceAll("-", "")}`;

/** Gives each request an id, the client's own when it has the right form, and puts it on the answer. */
export function requestId(): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const sent = c.req.header("x-request-id");
    const id = sent !== undefined && acceptable.test(sent) ? sent : newRequestId();
    c.set("requestId", id);
    await next();
    c.res.headers.set("x-request-id", id);
  };
}
