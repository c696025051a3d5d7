import { AppError } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AppEnv } from "../../app-env.ts";
import { expectBoundedJson, type JsonBounds } from "./json-bounds.ts";

// Four times what the deepest and largest request of the API needs.
const bounds: JsonBounds = { depth: 24, names: 2_000 };

const isJson = (type: string | undefined): boolean =>
  type !== undefined && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);

/** Refuses bodies that are too large, also when they come in chunks, and JSON that is out of bounds. */
export function limitBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  const limitSize = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new AppError("payload_too_large", `A request body has at most ${maxBytes} bytes.`);
    },
  });
  return function limitBody(c, next) {
    return limitSize(c, async () => {
      if (isJson(c.req.header("content-type"))) expectBoundedJson(await c.req.text(), bounds);
      await next();
    });
  };
}
