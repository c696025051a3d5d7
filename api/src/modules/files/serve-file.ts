import { z } from "@hono/zod-openapi";
import { AppError, type ArtifactId, type JobId } from "@vidferry/core";
import type { Context } from "hono";
import type { AppEnv } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { type SelectedRange, selectRange } from "../../http/byte-range.ts";
import { allowsRange, matchesAny } from "../../http/entity-tag.ts";
import { endWithKey } from "../../http/limit-streams.ts";
import { problemResponse, problemResponses } from "../../http/problem.ts";
import { linkBase } from "../../http/public-links.ts";
import { describedFileHeaders, fileHeaders, fileTagOf, partHeaders } from "./file-headers.ts";

// The type is the file's own.
const binary = { schema: z.string().openapi({ format: "binary" }) };

/** The answers of what serves a file, for the description of an operation. */
export const fileResponses = {
  200: { description: "The whole file.", headers: describedFileHeaders.whole, content: { "*/*": binary } },
  206: {
    description: "The range that was asked for.",
    headers: describedFileHeaders.part,
    content: { "*/*": binary },
  },
  302: {
    description: "A signed URL of the storage, valid for a short time.",
    headers: describedFileHeaders.elsewhere,
  },
  304: { description: "The file is the one with the `ETag` sent.", headers: describedFileHeaders.unchanged },
  ...problemResponses(
    "invalid_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "artifact_expired",
    "range_not_satisfiable",
    "quota_exceeded",
    "rate_limit_exceeded",
    "storage_error",
    "unavailable",
  ),
};

/** Which file to serve, to somebody who may open it. */
interface ServedFile {
  readonly id: JobId;
  readonly artifactId: ArtifactId;
  readonly owner: string;
  /** Send the bytes from here even where the storage could serve them itself. */
  readonly proxy: boolean;
}

/** Answers with a file, or the part of it that was asked for. Throws `not_found`, `artifact_expired`. */
export async function serveFile(
  c: Context<AppEnv>,
  { service, config }: Pick<RouteDeps, "service" | "config">,
  { id, artifactId, owner, proxy }: ServedFile,
): Promise<Response> {
  const isHead = c.req.method === "HEAD";
  const job = await service.get(id, owner);
  const artifact = job.artifacts.find((candidate) => candidate.id === artifactId);
  let range: SelectedRange | null = null;

  if (artifact !== undefined) {
    const tag = fileTagOf(artifact);
    if (matchesAny(c.req.header("if-none-match"), tag))
      return new Response(null, { status: 304, headers: fileHeaders(artifact) });
    // A signed URL is for one method, so HEAD is answered here.
    const link = isHead || proxy ? null : await service.fileLink(id, owner, artifactId);
    if (link !== null) return new Response(null, { status: 302, headers: { location: link } });
    const asked = allowsRange(c.req.header("if-range"), tag)
      ? selectRange(c.req.header("range"), artifact.bytes)
      : null;
    if (asked === "unsatisfiable") {
      const error = new AppError("range_not_satisfiable", `The file has ${artifact.bytes} bytes.`);
      const refusal = problemResponse(error, { requestId: c.get("requestId"), linkBase: linkBase(config) });
      refusal.headers.set("content-range", `bytes */${artifact.bytes}`);
      return refusal;
    }
    range = asked;
  }

  // Also where the job has no such file (any more): the service knows whether it expired or never was.
  const opened = await service.openFile(id, owner, artifactId, range ?? undefined);
  const status = opened.range === null ? 200 : 206;
  const headers = { ...fileHeaders(opened.artifact), ...partHeaders(opened.artifact, opened.range) };
  if (isHead) {
    await opened.blob.body.cancel();
    return new Response(null, { status, headers });
  }
  endWithKey(c);
  return new Response(opened.blob.body, { status, headers });
}
