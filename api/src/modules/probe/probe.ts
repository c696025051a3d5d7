import { createRoute } from "@hono/zod-openapi";
import { AppError, type Probe } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { ProbeRequest, ProbeResult } from "./schemas.ts";

const examples = {
  video: { summary: "A video", value: { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" } },
  page: {
    summary: "The next page of a channel",
    value: { url: "https://www.youtube.com/@YouTube/videos", cursor: "100" },
  },
  preview: {
    summary: "What a batch would take of a channel",
    value: {
      url: "https://www.youtube.com/@YouTube/videos",
      match: { title: "/keynote|talk/i", minDurationSeconds: 600 },
    },
  },
};

/** `POST /probe`. */
export function registerProbe(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/probe",
    operationId: "probe",
    tags: ["downloads"],
    summary: "Look at a link",
    description:
      "What can be had: title, formats, subtitle languages, chapters; of a playlist or a channel's tab the entries, page by page, or those that a batch with the same `match` and `order` would take or skip: pages of these are short where little matches, and may be empty before the last one. Downloads nothing. What was found is kept for some minutes, for this owner's further probes and downloads.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write"), deps.limitBody],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: ProbeRequest, examples } } },
    },
    responses: {
      200: {
        description: "What the link offers.",
        headers: replayedHeader,
        content: { "application/json": { schema: ProbeResult } },
      },
      ...problemResponses(
        "invalid_request",
        "unsupported_url",
        "host_not_allowed",
        "video_private",
        "video_removed",
        "age_restricted",
        "geo_blocked",
        "bot_check",
        "playlist_too_long",
        "network_error",
        "timed_out",
        "unauthorized",
        "forbidden",
        "payload_too_large",
        "unsupported_media_type",
        "quota_exceeded",
        "rate_limit_exceeded",
        "idempotency_conflict",
        "idempotency_in_progress",
        "tool_missing",
        "unavailable",
      ),
    },
  });
  // Past its deadline a probe is over for certain.
  const holdMs = deps.config.probeTimeoutMs + 5_000;
  app.openapi(route, async (c) => {
    const { url, egress, ...page } = c.req.valid("json");
    const { keyId, owner } = c.get("principal");
    const deadline = AbortSignal.timeout(deps.config.probeTimeoutMs);
    try {
      const look = {
        ...page,
        ...(egress !== undefined && { through: egress }),
        ...{ owner, holder: keyId ?? owner, signal: AbortSignal.any([c.req.raw.signal, deadline]) },
      };
      return await answerOnce(
        c,
        (probe: Probe) => ({ status: 200, body: probe as ProbeResult }),
        (once) =>
          deps.service.runOnce(once, holdMs, async () => {
            const release = await deps.service.accounts.takeSlot(owner, "probes");
            try {
              return await deps.service.probe(url, look);
            } finally {
              release();
            }
          }),
      );
    } catch (error) {
      if (deadline.aborted && error === deadline.reason) {
        throw new AppError("timed_out", "The source took too long to answer.", { cause: error });
      }
      throw error;
    }
  });
}
