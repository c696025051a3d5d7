import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import type { AppEnv } from "../app-env.ts";

/**
 * Lets the schemas of all routes read what is sent in one go. The framework asks them to do so asynchronously, for which zod
 * walks the schema where it would run compiled code otherwise, several times as slowly. No schema of a request waits for
 * anything; one that does fails with the first request. Call it after all routes.
 */
export function parseAtOnce(app: Pick<OpenAPIHono<AppEnv>, "openAPIRegistry">): void {
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== "route") continue;
    const { query, params, headers, body } = definition.route.request ?? {};
    const bodies = Object.values(body?.content ?? {}).map((media) =>
      media && "schema" in media ? media.schema : null,
    );
    for (const schema of [query, params, headers, ...bodies]) {
      if (!(schema instanceof z.ZodType)) continue;
      const value: typeof schema.safeParseAsync = async (sent, context) => schema.safeParse(sent, context);
      Object.defineProperty(schema, "safeParseAsync", { value, configurable: true });
    }
  }
}
