import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import { type FileLinks, invalidLink } from "../../auth/file-links.ts";
import { hashOf } from "../../auth/keys.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { type SelectedRange, selectRange } from "../../http/byte-range.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { allowsRange, matchesAny } from "../../http/entity-tag.ts";
import { endWithKey } from "../../http/limit-streams.ts";
import { artifactIdOf, FilePath, jobIdOf } from "../../http/parameters.ts";
import { problemResponse, problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { describedFileHeaders, fileHeaders, fileTagOf, partHeaders } from "./file-headers.ts";

const query = z.object({
  proxy: z.enum(["0", "1"]).optional().openapi({
    description: "`1`: send the bytes from here even where the storage could serve them itself.",
  }),
  token: z.string().max(1_000).optional().openapi({ description: "Of a signed link; then no key is needed." }),
});

// The type is the file's own.
const binary = { schema: z.string().openapi({ format: "binary" }) };

/** `GET /downloads/{id}/files/{artifactId}`. */
export function registerDownloadFile(app: App, deps: RouteDeps, links: FileLinks): void {
  const { service, config } = deps;
  const byKey = deps.requires("files:read");
  const mayOpen: MiddlewareHandler<AppEnv> = async (c, next) => {
    const token = c.req.query("token");
    if (token === undefined) return byKey(c, next);
    const file = { jobId: jobIdOf(c.req.param("id") ?? ""), artifactId: artifactIdOf(c.req.param("artifactId") ?? "") };
    const { owner, keyId, expiresAt } = await deps.auth.attempt({
      hash: hashOf(token),
      address: clientAddress(c),
      open: () => links.verify(token, file),
    });
    if (expiresAt <= new Date()) throw invalidLink();
    if (keyId !== null && !(await deps.auth.stillAllows(keyId, "files:read"))) throw invalidLink();
    c.set("principal", { owner, scopes: ["files:read"], keyId, secretHash: null });
    await next();
  };
  const route = createRoute({
    method: "get",
    path: "/api/v1/downloads/{id}/files/{artifactId}",
    operationId: "getDownloadFile",
    tags: ["files"],
    summary: "Fetch a file",
    description:
      "The bytes, under the video's real name. One `Range` at a time is served; `If-Range` and `If-None-Match` take the `ETag`.",
    security: [...secured("files:read"), {}],
    middleware: [mayOpen, deps.limitStreams],
    request: { params: FilePath, query },
    responses: {
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
    },
  });

  app.openapi(route, async (c) => {
    const params = c.req.valid("param");
    const id = jobIdOf(params.id);
    const artifactId = artifactIdOf(params.artifactId);
    const { owner } = c.get("principal");
    const isHead = c.req.method === "HEAD";
    const job = await service.get(id, owner);
    const artifact = job.artifacts.find((candidate) => candidate.id === artifactId);
    let range: SelectedRange | null = null;

    if (artifact !== undefined) {
      const tag = fileTagOf(artifact);
      if (matchesAny(c.req.header("if-none-match"), tag))
        return new Response(null, { status: 304, headers: fileHeaders(artifact) });
      // A signed URL is for one method, so HEAD is answered here.
      const link = isHead || c.req.valid("query").proxy === "1" ? null : await service.fileLink(id, owner, artifactId);
      if (link !== null) return new Response(null, { status: 302, headers: { location: link } });
      const asked = allowsRange(c.req.header("if-range"), tag)
        ? selectRange(c.req.header("range"), artifact.bytes)
        : null;
      if (asked === "unsatisfiable") {
        const error = new AppError("range_not_satisfiable", `The file has ${artifact.bytes} bytes.`);
        const refusal = problemResponse(error, { requestId: c.get("requestId"), publicUrl: config.publicUrl });
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
  });
}
