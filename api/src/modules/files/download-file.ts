import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import { type FileLinks, invalidLink } from "../../auth/file-links.ts";
import { hashOf } from "../../auth/keys.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { artifactIdOf, FilePath, jobIdOf } from "../../http/parameters.ts";
import { secured } from "../../http/secured.ts";
import { fileResponses, serveFile } from "./serve-file.ts";

const query = z.object({
  proxy: z.enum(["0", "1"]).optional().openapi({
    description: "`1`: send the bytes from here even where the storage could serve them itself.",
  }),
  token: z.string().max(1_000).optional().openapi({ description: "Of a signed link; then no key is needed." }),
});

/** `GET /downloads/{id}/files/{artifactId}`. */
export function registerDownloadFile(app: App, deps: RouteDeps, links: FileLinks): void {
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
    responses: fileResponses,
  });

  app.openapi(route, (c) => {
    const { id, artifactId } = c.req.valid("param");
    const file = { id: jobIdOf(id), artifactId: artifactIdOf(artifactId), owner: c.get("principal").owner };
    return serveFile(c, deps, { ...file, proxy: c.req.valid("query").proxy === "1" });
  });
}
