import type { Actor } from "@vidferry/core";
import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";

/** Who sends a request, as the audit log names them. */
export function actorOf(c: Context<AppEnv>): Actor {
  const { owner, keyId } = c.get("principal");
  return { via: "api", owner, keyId, requestId: c.get("requestId") };
}
