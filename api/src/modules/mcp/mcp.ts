import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { ownOrigin } from "../../http/client/identify-client.ts";

/** What tells who sends a request, and from where: the rights of a key may depend on each. */
const telling = [
  "authorization",
  "cookie",
  "forwarded",
  "origin",
  "via",
  "x-api-key",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
] as const;

/**
 * `POST /mcp`: the tools for assistants. They have no rights of their own: what they ask of the service is a request of whoever
 * sent the message, so that scopes, bounds, limits and owners are decided where they always are.
 */
export function registerMcp(app: App, { answerMcp, ...deps }: RouteDeps): void {
  if (answerMcp === undefined) return;
  app.post("/mcp", deps.refuseForeignPages, deps.requires(), deps.limitBody, async (c) => {
    const { url, method, headers, signal } = c.req.raw;
    const { address, closing, onEnd } = c.env ?? {};
    const bindings = {
      ...(address !== undefined && { address }),
      ...(closing !== undefined && { closing }),
      ...(onEnd !== undefined && { onEnd }),
    };
    const fetch = async (request: Request): Promise<Response> => {
      const asked = new Request(request, { signal: AbortSignal.any([request.signal, signal]) });
      for (const name of telling) {
        const value = headers.get(name);
        if (value === null) asked.headers.delete(name);
        else asked.headers.set(name, value);
      }
      // The lines of the log belong together.
      asked.headers.set("x-request-id", c.get("requestId"));
      return await app.fetch(asked, bindings);
    };
    const message = new Request(url, { method, headers, signal, body: await c.req.text() });
    return await answerMcp(message, { baseUrl: ownOrigin(c), fetch });
  });
}
