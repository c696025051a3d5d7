import { createRoute, z } from "@hono/zod-openapi";
import { AppError, type Job } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { JobPath, jobIdOf } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { describedFileHeaders } from "./file-headers.ts";
import { serveZip } from "./serve-zip.ts";
import type { ZipEntry } from "./zip.ts";

/** `GET /downloads/{id}/archive`. */
export function registerArchiveDownload(app: App, { service, logger, requires, limitStreams }: RouteDeps): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/downloads/{id}/archive",
    operationId: "getDownloadArchive",
    tags: ["files"],
    summary: "Fetch all files as a ZIP",
    description:
      "All files of the job in one ZIP archive, made while it is sent and without compression. Its length is known, " +
      "ranges of it cannot be had: to continue a transfer, fetch the files one by one.",
    security: secured("files:read"),
    middleware: [requires("files:read"), limitStreams],
    request: { params: JobPath },
    responses: {
      200: {
        description: "The archive.",
        headers: describedFileHeaders.archive,
        content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
      },
      ...problemResponses(
        "unauthorized",
        "forbidden",
        "not_found",
        "invalid_state",
        "artifact_expired",
        "quota_exceeded",
        "rate_limit_exceeded",
        "storage_error",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const id = jobIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    const job = await service.get(id, owner);
    const modifiedAt = job.finishedAt ?? job.createdAt;
    const [first, ...others] = job.artifacts.map(
      ({ id: artifactId, fileName: name, bytes }): ZipEntry => ({
        ...{ name, bytes, modifiedAt },
        open: async () => (await service.openFile(id, owner, artifactId)).blob.body,
      }),
    );
    if (first === undefined) throw noFiles(job);
    return await serveZip(
      c,
      { logger },
      {
        entries: [first, ...others],
        name: job.media?.title ?? job.id,
        subject: { jobId: id },
      },
    );
  });
}

function noFiles(job: Job): AppError {
  if (job.expiresAt !== null && job.expiresAt.getTime() <= Date.now()) return new AppError("artifact_expired");
  const hint = job.state === "succeeded" ? undefined : "Wait until it has succeeded.";
  return new AppError("invalid_state", `The job is ${job.state} and has no files.`, hint === undefined ? {} : { hint });
}
