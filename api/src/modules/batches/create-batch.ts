import { createRoute } from "@hono/zod-openapi";
import { type Batch, BatchRequest, BatchResource, maxUrlLength, mostLinks, toBatchResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { limitBody } from "../../http/body/limit-body.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const examples = {
  links: {
    summary: "Several links, as audio",
    value: {
      urls: ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/jNQXAC9IVRw"],
      request: { output: { type: "audio", format: "mp3" } },
    },
  },
  playlist: {
    summary: "A whole playlist",
    value: { source: { url: "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf" } },
  },
  channel: {
    summary: "The newest talks of a channel",
    value: {
      source: {
        url: "https://www.youtube.com/@YouTube/videos",
        limit: 50,
        match: { title: "/keynote|talk/i", minDurationSeconds: 600, after: "2026-01-01" },
      },
      labels: { project: "talks" },
    },
  },
};

/** Escapes and commas around the links count too. */
const bytesOfLinks = mostLinks * (maxUrlLength + 10);

/** `POST /batches`. */
export function registerCreateBatch(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/batches",
    operationId: "createBatch",
    tags: ["batches"],
    summary: "Start a batch",
    description:
      "Accepts up to 1,000 links, or one playlist, channel or other list, and answers at once. Each link is checked before anything " +
      "starts. A list is read by a worker, page by page; its jobs begin meanwhile, and are found by " +
      "`GET /downloads?batchId=`. One that fails stops no other. A link that stands there twice is taken once.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write"), limitBody(deps.config.maxBodyBytes + bytesOfLinks)],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: BatchRequest, examples } } },
    },
    responses: {
      202: {
        description: "The batch. `Location` says where it is.",
        headers: { ...replayedHeader, Location: { schema: { type: "string" }, description: "Where the batch is." } },
        content: { "application/json": { schema: BatchResource } },
      },
      ...problemResponses(
        "invalid_request",
        "unsupported_url",
        "host_not_allowed",
        "not_configured",
        "unauthorized",
        "forbidden",
        "idempotency_conflict",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });
  app.openapi(route, (c) =>
    answerOnce(
      c,
      (batch: Batch) => ({
        status: 202,
        body: toBatchResource(batch),
        location: deps.links.to(`/api/v1/batches/${batch.id}`),
      }),
      (once) =>
        deps.service.batches.create(
          { owner: c.get("principal").owner, request: c.req.valid("json"), requestId: c.get("requestId") },
          once,
        ),
    ),
  );
}
