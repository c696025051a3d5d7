import { createRoute, z } from "@hono/zod-openapi";
import { AppError, isApiKeyText, scopes } from "@vidferry/core";
import type { Context } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import type { Principal } from "../../auth/auth.ts";
import type { SessionCookie } from "../../auth/session-cookie.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { keyless, secured } from "../../http/secured.ts";

const NewSession = z
  .strictObject({
    key: z.string().min(1).max(200).describe("An API key, `vf_…`."),
    remember: z.boolean().default(false).describe("Keep the session for 30 days, and not only until the browser ends."),
  })
  .meta({ id: "NewSession" });

const Session = z
  .object({
    auth: z.enum(["keys", "off"]).describe("`off`: the service asks for no key, and there is nothing to sign in to."),
    owner: z.string().describe("Whose jobs are seen and made."),
    scopes: z.array(z.enum(scopes)).describe("What may be done; `admin` stands for all of it."),
    keyId: z.string().nullable().describe("The key that signed in."),
  })
  .meta({
    id: "Session",
    example: { auth: "keys", owner: "alice", scopes: ["admin"], keyId: "key_0199f3a2c4d87b1e9a5d6c3f20417e88" },
  });

const cookieHeader = {
  "Set-Cookie": { schema: { type: "string" as const }, description: "The session; while keys are on." },
};

const paths = [
  ["/api/v1/session", "", ""],
  ["/session", "Short", " (short form)"],
] as const;

/** `POST`, `GET` and `DELETE /session`: how a browser signs in to the dashboard. */
export function registerSession(app: App, deps: RouteDeps, sessions: SessionCookie): void {
  const { auth, requires, refuseForeignPages, limitBody } = deps;
  const shown = (principal: Principal): z.infer<typeof Session> => ({
    auth: auth.mode,
    owner: principal.owner,
    scopes: [...principal.scopes],
    keyId: principal.keyId,
  });
  /** Who the key in a body belongs to, as if the request had brought it in its headers. */
  const signIn = (c: Context<AppEnv>, key: string): Promise<Principal> => {
    if (!isApiKeyText(key) && auth.mode === "keys") throw new AppError("unauthorized", "The API key is not valid.");
    const origin = c.req.header("origin");
    const bare = new Request(c.req.url, origin === undefined ? {} : { headers: { origin } });
    return auth.authenticate(bare, clientAddress(c), key);
  };
  const answer = (description: string) => ({ description, content: { "application/json": { schema: Session } } });

  for (const [path, suffix, form] of paths) {
    app.openapi(
      createRoute({
        method: "post",
        path,
        operationId: `createSession${suffix}`,
        tags: ["session"],
        summary: `Sign in a browser${form}`,
        description:
          "Keeps the key in a cookie that no script can read and that counts for pages of the service alone; the dashboard does this. Programs send their key with each request.",
        security: keyless,
        middleware: [refuseForeignPages, limitBody],
        request: {
          query: noQuery,
          body: {
            required: true,
            content: {
              "application/json": {
                schema: NewSession,
                examples: {
                  once: { value: { key: "vf_EXAMPLE" } },
                  kept: { value: { key: "vf_EXAMPLE", remember: true } },
                },
              },
            },
          },
        },
        responses: {
          200: { ...answer("Signed in."), headers: cookieHeader },
          ...problemResponses(
            "invalid_request",
            "unauthorized",
            "forbidden",
            "payload_too_large",
            "unsupported_media_type",
            "unavailable",
          ),
        },
      }),
      async (c) => {
        const { key, remember } = c.req.valid("json");
        const principal = await signIn(c, key);
        if (auth.mode === "keys") sessions.write(c, key, remember);
        return c.json(shown(principal), 200);
      },
    );

    app.openapi(
      createRoute({
        method: "get",
        path,
        operationId: `getSession${suffix}`,
        tags: ["session"],
        summary: `Who am I?${form}`,
        description: "Whose key the request or its session has, and what it may do.",
        security: secured(),
        middleware: [requires()],
        responses: { 200: answer("This one."), ...problemResponses("unauthorized", "forbidden", "unavailable") },
      }),
      (c) => c.json(shown(c.get("principal")), 200),
    );

    app.openapi(
      createRoute({
        method: "delete",
        path,
        operationId: `deleteSession${suffix}`,
        tags: ["session"],
        summary: `Sign out a browser${form}`,
        description: "Removes the cookie; also where there is none. The key goes on working.",
        security: keyless,
        middleware: [refuseForeignPages, limitBody],
        request: { query: noQuery },
        responses: {
          204: { description: "Signed out.", headers: cookieHeader },
          ...problemResponses("invalid_request", "forbidden", "payload_too_large"),
        },
      }),
      (c) => {
        sessions.remove(c);
        return c.body(null, 204);
      },
    );
  }
}
