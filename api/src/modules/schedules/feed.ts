import { createHash } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import { feedXml, type OpenedFeed } from "@vidferry/core";
import type { Context } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import { hashOf } from "../../auth/keys.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { matchesAny, notModified, tagHeader } from "../../http/entity-tag.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { keyless, secured } from "../../http/secured.ts";
import { SchedulePath, scheduleIdOf } from "./parameters.ts";

const FeedLink = z
  .object({
    url: z.string().openapi({ description: "The feed, for a podcast player; shown in this answer alone." }),
    token: z.string().openapi({ description: "The secret part of it." }),
  })
  .openapi("ScheduleFeedLink");

/** The token in the query of what a feed's link opens. */
export const feedToken = z.object({
  token: z.string().min(1).max(200).openapi({ description: "Of the feed's link." }),
});

/** `POST` and `DELETE /schedules/{id}/feed`, and `GET /schedules/{id}/feed.xml`. */
export function registerFeed(app: App, deps: RouteDeps): void {
  const { schedules } = deps.service;
  const tags = ["schedules"];
  const absolute = (c: Context<AppEnv>, path: string): string => new URL(deps.links.to(path), c.req.url).href;

  const open = createRoute({
    method: "post",
    path: "/api/v1/schedules/{id}/feed",
    operationId: "openScheduleFeed",
    tags,
    summary: "Make the link of a schedule's feed",
    description:
      "A podcast player reads the results of the schedule at this link, without a key. Making another one replaces it: the old " +
      "link, and those of the files that it named, open nothing any more.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write"), deps.requires("files:read")],
    request: { params: SchedulePath, query: noQuery, headers: idempotencyHeaders },
    responses: {
      201: {
        description: "The link, this once.",
        headers: replayedHeader,
        content: { "application/json": { schema: FeedLink } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "idempotency_conflict",
        "unavailable",
      ),
    },
  });
  app.openapi(open, (c) => {
    const id = scheduleIdOf(c.req.valid("param").id);
    c.header("Cache-Control", "no-store");
    return answerOnce(
      c,
      ({ token }: OpenedFeed) => ({
        status: 201,
        body: { url: absolute(c, `/api/v1/schedules/${id}/feed.xml?token=${token}`), token },
      }),
      (once) => schedules.openFeed(id, c.get("principal").owner, actorOf(c), once),
    );
  });

  const close = createRoute({
    method: "delete",
    path: "/api/v1/schedules/{id}/feed",
    operationId: "closeScheduleFeed",
    tags,
    summary: "End a schedule's feed",
    description: "Its link, and those of the files that it named, open nothing any more.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write")],
    request: { params: SchedulePath, query: noQuery },
    responses: {
      204: { description: "It has no feed." },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(close, async (c) => {
    await schedules.closeFeed(scheduleIdOf(c.req.valid("param").id), c.get("principal").owner, actorOf(c));
    return c.body(null, 204);
  });

  const read = createRoute({
    method: "get",
    path: "/api/v1/schedules/{id}/feed.xml",
    operationId: "getScheduleFeed",
    tags,
    summary: "Read a schedule's feed",
    description:
      "RSS 2.0 for podcast players: the newest hundred downloads, with an item for each audio and video file. The files open without " +
      "a key for as long as this link does.",
    security: keyless,
    request: { params: SchedulePath, query: feedToken },
    responses: {
      200: {
        description: "The feed.",
        headers: tagHeader,
        content: { "application/rss+xml": { schema: z.string() } },
      },
      ...notModified,
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "rate_limit_exceeded",
        "unavailable",
      ),
    },
  });
  app.openapi(read, async (c) => {
    const id = scheduleIdOf(c.req.valid("param").id);
    const { token } = c.req.valid("query");
    const { schedule, jobs, fileToken } = await deps.auth.attempt({
      hash: hashOf(token),
      address: clientAddress(c),
      open: () => schedules.feed(id, token),
    });
    const xml = feedXml(schedule, jobs, {
      self: absolute(c, `/api/v1/schedules/${id}/feed.xml?token=${token}`),
      file: (job, artifact) => {
        // Some players tell what they can play by the end of the address.
        const [extension = "bin"] = /(?<=\.)[A-Za-z0-9]{1,8}$/.exec(artifact.fileName) ?? [];
        return absolute(c, `/api/v1/schedules/${id}/feed/${job.id}/${artifact.id}.${extension}?token=${fileToken}`);
      },
    });
    const tag = `"${createHash("sha256").update(xml).digest("base64url").slice(0, 27)}"`;
    const headers = { etag: tag, "cache-control": "private, no-cache" };
    if (matchesAny(c.req.header("if-none-match"), tag)) return c.body(null, 304, headers);
    return c.body(xml, 200, { ...headers, "content-type": "application/rss+xml; charset=utf-8" });
  });
}
