import { createRoute, z } from "@hono/zod-openapi";
import { artifactOf } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { FileLinks } from "../../auth/file-links.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { artifactIdOf, FilePath, jobIdOf, noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const FileLinkRequest = z
  .strictObject({
    expiresInSeconds: z.int().min(60).max(604_800).default(3_600).describe("How long the link opens: up to a week."),
  })
  .meta({ id: "FileLinkRequest" });

export const FileLink = z
  .object({ url: z.string().describe("Opens the file without a key."), expiresAt: z.iso.datetime() })
  .meta({ id: "FileLink" });
/** A signed link, as clients get it. */
export type FileLink = z.infer<typeof FileLink>;

/** Longer than making a link can take, in milliseconds. */
const holdMs = 30_000;

const examples = { day: { summary: "For a day", value: { expiresInSeconds: 86_400 } } };

/** `POST /downloads/{id}/files/{artifactId}/link`. */
export function registerLinkFile(
  app: App,
  { service, links, requires, limitBody }: RouteDeps,
  fileLinks: FileLinks,
): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/downloads/{id}/files/{artifactId}/link",
    operationId: "createFileLink",
    tags: ["files"],
    summary: "Make a link to a file",
    description:
      "A signed link that opens this one file without a key until it expires. It ends earlier when the key that makes it is revoked or expires.",
    security: secured("files:read"),
    middleware: [requires("files:read"), limitBody],
    request: {
      params: FilePath,
      query: noQuery,
      headers: idempotencyHeaders,
      body: { required: false, content: { "application/json": { schema: FileLinkRequest, examples } } },
    },
    responses: {
      201: {
        description: "The link.",
        headers: replayedHeader,
        content: { "application/json": { schema: FileLink } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "artifact_expired",
        "idempotency_conflict",
        "idempotency_in_progress",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const params = c.req.valid("param");
    const jobId = jobIdOf(params.id);
    const artifactId = artifactIdOf(params.artifactId);
    const { owner, keyId } = c.get("principal");
    // A request without a body is not parsed, so the schema's default is missing.
    const { expiresInSeconds } = FileLinkRequest.parse(c.req.valid("json"));
    const makeLink = async (): Promise<FileLink> => {
      // Refused when there is no such file (any more).
      artifactOf(await service.get(jobId, owner), artifactId, new Date());
      const seconds = Math.floor(Date.now() / 1000) + expiresInSeconds;
      const expiresAt = new Date(seconds * 1000);
      const token = await fileLinks.sign({ jobId, artifactId, owner, keyId }, expiresAt);
      const url = links.to(`/api/v1/downloads/${jobId}/files/${artifactId}?token=${token}`);
      return { url, expiresAt: expiresAt.toISOString() };
    };
    return answerOnce(
      c,
      (body: FileLink) => ({ status: 201, body }),
      (once) => service.runOnce(once, holdMs, makeLink),
    );
  });
}
