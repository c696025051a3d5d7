import { createRoute, z } from "@hono/zod-openapi";
import { DownloadRequest, isAppError, isTerminal, type Job, JobResource } from "@vidferry/core";
import type { Context } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { preferredWait } from "../../http/prefer.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const headers = idempotencyHeaders.extend({
  prefer: z
    .string()
    .max(1_000)
    .optional()
    .openapi({ description: "`wait=N`: wait up to N seconds, at most 60, for the end of the job (RFC 7240)." }),
});

const createdHeaders = {
  Location: { schema: { type: "string" as const }, description: "Where the job is." },
  "Preference-Applied": {
    schema: { type: "string" as const },
    description: "`wait=N`, when it was waited for the end of the job.",
  },
  ...replayedHeader,
};

const examples = {
  simple: { summary: "The best MP4 up to 1080p", value: { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" } },
  audio: {
    summary: "Audio as MP3",
    value: { url: "https://youtu.be/dQw4w9WgXcQ", output: { type: "audio", format: "mp3", bitrateKbps: 192 } },
  },
  dubbed: {
    summary: "A video with all its sound tracks",
    value: {
      url: "https://youtu.be/dQw4w9WgXcQ",
      output: { type: "video", container: "mkv", audioLanguage: "all" },
    },
  },
  transcript: {
    summary: "Subtitles and plain text only",
    value: {
      url: "https://youtu.be/dQw4w9WgXcQ",
      output: { type: "transcript" },
      subtitles: { languages: ["en"], formats: ["srt", "txt"] },
    },
  },
};

/** `POST /downloads`, and its short form `POST /download`. */
export function registerCreateDownload(app: App, deps: RouteDeps): void {
  const route = (path: string, operationId: string, summary: string) =>
    createRoute({
      method: "post",
      path,
      operationId,
      tags: ["downloads"],
      summary,
      description:
        "Accepts a download and answers at once; follow it by its events, or read the job. " +
        "Only `url` is needed. Unknown fields are refused by name.",
      security: secured("downloads:write"),
      middleware: [deps.requires("downloads:write"), deps.limitBody],
      request: {
        query: noQuery,
        headers,
        body: { required: true, content: { "application/json": { schema: DownloadRequest, examples } } },
      },
      responses: {
        200: {
          description: "The job, which has ended within the time of `Prefer: wait=N`: look at its `state`.",
          headers: createdHeaders,
          content: { "application/json": { schema: JobResource } },
        },
        202: {
          description: "The job. `Location` says where it is; `Idempotent-Replayed` is set when the key came before.",
          headers: createdHeaders,
          content: { "application/json": { schema: JobResource } },
        },
        ...problemResponses(
          "invalid_request",
          "unsupported_url",
          "host_not_allowed",
          "not_configured",
          "idempotency_conflict",
          "unauthorized",
          "forbidden",
          "quota_exceeded",
          "payload_too_large",
          "unsupported_media_type",
          "disk_full",
          "unavailable",
        ),
      },
    });

  /** Waits for the job as long as the client prefers, if there is room for one that waits. */
  const waitFor = async (c: Context<AppEnv>, job: Job): Promise<Job> => {
    const seconds = preferredWait(c.req.header("prefer"));
    if (seconds === 0 || isTerminal(job.state)) return job;
    try {
      await deps.takeStreamSlot(c);
    } catch (error) {
      // A preference is no demand: without a slot it is answered at once.
      if (isAppError(error)) return job;
      throw error;
    }
    c.header("Preference-Applied", `wait=${seconds}`);
    // It ends early when the client leaves, the server stops, or the key ends.
    const ends = [c.req.raw.signal, c.env?.closing, c.get("keyEnded")];
    const signal = AbortSignal.any(ends.filter((end): end is AbortSignal => end !== undefined));
    return await deps.service.waitForEnd(job, { waitMs: seconds * 1_000, signal });
  };

  const paths = [
    ["/api/v1/downloads", "createDownload", "Start a download"],
    ["/api/v1/download", "createDownloadAlias", "Start a download (short form)"],
  ] as const;
  for (const [path, operationId, summary] of paths) {
    app.openapi(route(path, operationId, summary), async (c) => {
      const { job, repeated } = await deps.service.submit({
        owner: c.get("principal").owner,
        body: c.req.valid("json"),
        written: await c.req.json(),
        idempotencyKey: c.req.valid("header")["idempotency-key"] ?? null,
        requestId: c.get("requestId"),
      });
      c.header("Location", deps.links.to(`/api/v1/downloads/${job.id}`));
      if (repeated) c.header("Idempotent-Replayed", "true");
      const now = await waitFor(c, job);
      return c.json(
        deps.links.job(now),
        preferredWait(c.req.header("prefer")) > 0 && isTerminal(now.state) ? 200 : 202,
      );
    });
  }
}
