import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

export const StoredResults = z
  .object({
    storedBytes: z.int().describe("Bytes of all results that are kept, each file once however many jobs have it."),
    storedFiles: z.int().describe("How many files that are."),
    retentionSeconds: z
      .int()
      .nullable()
      .describe("How long results are kept after their job ended; null: until they are deleted."),
  })
  .meta({ id: "StoredResults" });

const example: z.infer<typeof StoredResults> = {
  storedBytes: 1_073_741_824,
  storedFiles: 42,
  retentionSeconds: 604_800,
};

/** `GET /storage`. */
export function registerGetStorage(app: App, deps: RouteDeps): void {
  const { records } = deps.service;
  const route = createRoute({
    method: "get",
    path: "/api/v1/storage",
    operationId: "getStorage",
    tags: ["records"],
    summary: "Read what is stored",
    description:
      "How much all results take, and how long they are kept. How much room there is, `/health/detailed` says of each disk and " +
      "`GET /workers` of each worker. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { query: noQuery },
    responses: {
      200: { description: "What is stored.", content: { "application/json": { schema: StoredResults, example } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(route, async (c) => {
    const { bytes, files, retentionMs } = await records.storage();
    const retentionSeconds = retentionMs === null ? null : retentionMs / 1_000;
    return c.json({ storedBytes: bytes, storedFiles: files, retentionSeconds }, 200);
  });
}
