import { createRoute } from "@hono/zod-openapi";
import { AppError } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import { hashOf } from "../../auth/keys.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { artifactIdOf, JobPath, jobIdOf } from "../../http/parameters.ts";
import { keyless } from "../../http/secured.ts";
import { fileResponses, serveFile } from "../files/serve-file.ts";
import { feedToken } from "./feed.ts";
import { SchedulePath, scheduleIdOf } from "./parameters.ts";

const params = SchedulePath.extend({
  jobId: JobPath.shape.id,
  file: JobPath.shape.id.openapi({
    description: "The artifact's id, with an ending that players know files by.",
    example: "art_0199f3a2d1f07c44b1c8a90be2d7f6a3.mp3",
  }),
});

/** `GET /schedules/{id}/feed/{jobId}/{file}`. */
export function registerFeedFile(app: App, deps: RouteDeps): void {
  const mayOpen: MiddlewareHandler<AppEnv> = async (c, next) => {
    const token = c.req.query("token");
    if (token === undefined) {
      const message = "is missing from the link";
      throw new AppError("invalid_request", `\`token\` ${message}.`, { fields: [{ path: "/token", message }] });
    }
    const id = scheduleIdOf(c.req.param("id") ?? "");
    const jobId = jobIdOf(c.req.param("jobId") ?? "");
    const owner = await deps.auth.attempt({
      hash: hashOf(token),
      address: clientAddress(c),
      open: () => deps.service.schedules.ownerOfFeedFile(id, jobId, token),
    });
    c.set("principal", { owner, scopes: ["files:read"], keyId: null, secretHash: null });
    await next();
  };
  const route = createRoute({
    method: "get",
    path: "/api/v1/schedules/{id}/feed/{jobId}/{file}",
    operationId: "getScheduleFeedFile",
    tags: ["schedules"],
    summary: "Fetch a file of a feed",
    description:
      "What the feed names as the file of an item. It opens without a key until the feed's link is replaced or ended; `Range` and " +
      "conditional requests are served as for any file.",
    security: keyless,
    middleware: [mayOpen, deps.limitStreams],
    request: { params, query: feedToken },
    responses: fileResponses,
  });
  app.openapi(route, (c) => {
    const { jobId, file } = c.req.valid("param");
    const artifactId = artifactIdOf(file.replace(/\.[A-Za-z0-9]{1,8}$/, ""));
    return serveFile(c, deps, { id: jobIdOf(jobId), artifactId, owner: c.get("principal").owner, proxy: false });
  });
}
