import { isApiKeyText } from "@vidferry/core";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { AppEnv } from "../app-env.ts";
import type { ApiConfig } from "../config.ts";
import { ownOrigin } from "../http/client/identify-client.ts";

/** How long a browser keeps a session that shall outlive it, in seconds: 30 days. */
const keptSeconds = 30 * 86_400;

/**
 * The key of a browser that signed in to the dashboard, in a cookie that no script can read. The cookie holds the key itself, so
 * that a session ends with its key, on every process, and there is nothing else to revoke.
 *
 * A cookie comes with whatever a browser asks for, so it counts only for pages of the service itself: what changes something must
 * name the service's own origin, and what reads may name no other one.
 */
export interface SessionCookie {
  /** The key that the request's session holds; null: there is none that counts. */
  read(c: Context<AppEnv>): string | null;
  /** @param remembered whether the session outlives the browser */
  write(c: Context<AppEnv>, key: string, remembered: boolean): void;
  remove(c: Context<AppEnv>): void;
}

export function createSessionCookie(config: Pick<ApiConfig, "publicUrl" | "basePath">): SessionCookie {
  const shown = config.publicUrl === null ? null : new URL(config.publicUrl);
  const path = shown?.pathname ?? (config.basePath || "/");
  const isSecure = (c: Context<AppEnv>): boolean =>
    shown?.protocol === "https:" || c.get("client").isSecure || new URL(c.req.url).protocol === "https:";
  const isOwnPage = (c: Context<AppEnv>): boolean => {
    const origin = c.req.header("origin");
    // Browsers leave it out of reads of the same origin alone. Where they tell more, a page of a sibling domain gets nothing either.
    if (origin === undefined) {
      return (
        (c.req.method === "GET" || c.req.method === "HEAD") &&
        ["same-origin", "none", undefined].includes(c.req.header("sec-fetch-site"))
      );
    }
    return origin === ownOrigin(c) || origin === shown?.origin;
  };
  const name = "vidferry_session";
  return {
    read: (c) => {
      // Looked for first: nearly every request comes from a program, without any cookie.
      if (c.req.header("cookie") === undefined) return null;
      const key = getCookie(c, name);
      return key !== undefined && isApiKeyText(key) && isOwnPage(c) ? key : null;
    },
    write: (c, key, remembered) =>
      setCookie(c, name, key, {
        ...{ path, httpOnly: true, sameSite: "Strict", secure: isSecure(c) },
        ...(remembered ? { maxAge: keptSeconds } : {}),
      }),
    remove: (c) => void deleteCookie(c, name, { path, secure: isSecure(c) }),
  };
}
