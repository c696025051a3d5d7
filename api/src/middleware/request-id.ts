import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../environment.ts";

const acceptable = /^[\w-]{8,64}$/;

/** Gives each request an id, the client's own when it has the right form, and puts it on the answer. */
export function requestId(): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const sent = c.req.header("x-request-id");
    const id = sent !== undefined && acceptable.test(sent) ? sent : `req_${crypto.randomUUID().replaceAll("-", "")}`;
    c.set("requestId", id);
    await next();
    c.res.headers.set("x-request-id", id);
  };
}
