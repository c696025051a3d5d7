import { createRoute } from "@hono/zod-openapi";
import { DownloadRequest, JobResource } from "@vidferry/core";
import type { App, RouteDeps } from "../../environment.ts";
import { idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const examples = {
  simple: { summary: "The best MP4 up to 1080p", value: { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" } },
  audio: {
    summary: "Audio as MP3",
    value: { url: "https://youtu.be/dQw4w9WgXcQ", output: { type: "audio", format: "mp3", bitrateKbps: 192 } },
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
        headers: idempotencyHeaders,
        body: { required: true, content: { "application/json": { schema: DownloadRequest, examples } } },
      },
      responses: {
        202: {
          description: "The job. `Location` says where it is; `Idempotent-Replayed` is set when the key came before.",
          headers: {
            Location: { schema: { type: "string" }, description: "Where the job is." },
            ...replayedHeader,
          },
          content: { "application/json": { schema: JobResource } },
        },
        ...problemResponses(
          "invalid_request",
          "unsupported_url",
          "host_not_allowed",
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
      return c.json(deps.links.job(job), 202);
    });
  }
}
