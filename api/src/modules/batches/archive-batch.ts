import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { describedFileHeaders } from "../files/file-headers.ts";
import { serveZip } from "../files/serve-zip.ts";
import type { ZipEntry } from "../files/zip.ts";
import { BatchPath, batchIdOf } from "./parameters.ts";

/** `GET /batches/{id}/archive`. */
export function registerArchiveBatch(app: App, { service, logger, requires, limitStreams }: RouteDeps): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/batches/{id}/archive",
    operationId: "getBatchArchive",
    tags: ["batches"],
    summary: "Fetch all results as a ZIP",
    description:
      "The files of all jobs that have succeeded by now, in one ZIP archive (ZIP64 where it is large), made while it is sent and without " +
      "compression, in the order of the list. Names that occur twice are numbered. Its length is known, ranges of it cannot be had.",
    security: secured("files:read"),
    middleware: [requires("files:read"), limitStreams],
    request: { params: BatchPath },
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
    const id = batchIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    const batch = await service.batches.get(id, owner);
    // Of each file the little that an archive needs: the jobs themselves are let go of, page by page.
    const newestFirst: ZipEntry[][] = [];
    for await (const job of service.batches.jobsWithFiles(id, owner)) {
      const modifiedAt = job.finishedAt ?? job.createdAt;
      newestFirst.push(
        job.artifacts.map(({ id: artifactId, fileName: name, bytes }) => ({
          ...{ name, bytes, modifiedAt },
          open: async () => (await service.openFile(job.id, owner, artifactId)).blob.body,
        })),
      );
    }
    const [first, ...others] = newestFirst.reverse().flat();
    if (first === undefined) {
      throw new AppError("invalid_state", `The batch is ${batch.state} and has no files.`, {
        hint: "Wait until one of its jobs has succeeded; results are kept for a time.",
      });
    }
    return await serveZip(
      c,
      { logger },
      {
        entries: [first, ...others],
        name: batch.title ?? batch.id,
        subject: { batchId: id },
      },
    );
  });
}
