import { OpenAPIHono } from "@hono/zod-openapi";
import { AppError, createLogObserver, createTelemetry, type ErrorCode, toAppError } from "@vidferry/core";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { App, AppEnv } from "./app-env.ts";
import { authorize } from "./auth/authorize.ts";
import { authorizeStream } from "./auth/authorize-stream.ts";
import { createFileLinks } from "./auth/file-links.ts";
import { createSessionCookie } from "./auth/session-cookie.ts";
import type { AppDeps, RouteDeps } from "./dependencies.ts";
import { answerOtherMethods } from "./http/allowed-methods.ts";
import { limitBody } from "./http/body/limit-body.ts";
import { identifyClient } from "./http/client/identify-client.ts";
import { corsFor } from "./http/cors.ts";
import { refuseForeignPages } from "./http/foreign-pages.ts";
import { limitStreams, streamSlotTaker } from "./http/limit-streams.ts";
import { localOnly } from "./http/local-only.ts";
import { observeRequests } from "./http/observe-requests.ts";
import { parseAtOnce } from "./http/parse-at-once.ts";
import { problemResponse } from "./http/problem.ts";
import { createPublicLinks, linkBase } from "./http/public-links.ts";
import { requestId } from "./http/request-id.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { createStreamSlots } from "./http/stream-slots.ts";
import { UnreadableRequest } from "./http/unreadable.ts";
import { refuseInvalid } from "./http/validation.ts";
import { limitRequests, showRate } from "./limits/limit-requests.ts";
import { registerAccounts } from "./modules/accounts/accounts.ts";
import { registerListAudit } from "./modules/audit/list-audit.ts";
import { registerArchiveBatch } from "./modules/batches/archive-batch.ts";
import { registerBatchEvents } from "./modules/batches/batch-events.ts";
import { registerChangeBatch } from "./modules/batches/change-batch.ts";
import { registerCreateBatch } from "./modules/batches/create-batch.ts";
import { registerReadBatches } from "./modules/batches/read-batches.ts";
import { registerDocs } from "./modules/docs/docs.ts";
import { registerBulkDownloads } from "./modules/downloads/bulk-downloads.ts";
import { registerCountDownloads } from "./modules/downloads/count-downloads.ts";
import { registerCreateDownload } from "./modules/downloads/create-download.ts";
import { registerDeleteDownload } from "./modules/downloads/delete-download.ts";
import { registerEditDownload } from "./modules/downloads/edit-download.ts";
import { registerGetDownload } from "./modules/downloads/get-download.ts";
import { registerListDownloads } from "./modules/downloads/list-downloads.ts";
import { registerMoveDownload } from "./modules/downloads/move-download.ts";
import { registerEgresses } from "./modules/egresses/egresses.ts";
import { registerGetEngines } from "./modules/engines/get-engines.ts";
import { registerDownloadEvents } from "./modules/events/download-events.ts";
import { registerOwnerEvents } from "./modules/events/owner-events.ts";
import { registerOwnerSocket } from "./modules/events/owner-socket.ts";
import { registerProgressSocket } from "./modules/events/progress-socket.ts";
import { createStreams } from "./modules/events/streams.ts";
import { registerArchiveDownload } from "./modules/files/archive-download.ts";
import { registerDownloadFile } from "./modules/files/download-file.ts";
import { registerLinkFile } from "./modules/files/link-file.ts";
import { registerHealth } from "./modules/health/health.ts";
import { registerGetHistory } from "./modules/history/get-history.ts";
import { registerKey } from "./modules/keys/key.ts";
import { registerKeys } from "./modules/keys/keys.ts";
import { registerLogLevel } from "./modules/log-level/log-level.ts";
import { registerMcp } from "./modules/mcp/mcp.ts";
import { registerMetrics } from "./modules/metrics/metrics.ts";
import { registerProbe } from "./modules/probe/probe.ts";
import { registerGetQueue } from "./modules/queue/get-queue.ts";
import { registerChangeSchedule } from "./modules/schedules/change-schedule.ts";
import { registerCreateSchedule } from "./modules/schedules/create-schedule.ts";
import { registerFeed } from "./modules/schedules/feed.ts";
import { registerFeedFile } from "./modules/schedules/feed-file.ts";
import { registerMoveSchedule } from "./modules/schedules/move-schedule.ts";
import { registerReadSchedules } from "./modules/schedules/read-schedules.ts";
import { registerSession } from "./modules/session/session.ts";
import { registerGetStats } from "./modules/stats/get-stats.ts";
import { registerGetStorage } from "./modules/storage/get-storage.ts";
import { registerCreateTicket } from "./modules/tickets/create-ticket.ts";
import { registerDashboard } from "./modules/web/dashboard.ts";
import { registerChangeWebhook } from "./modules/webhooks/change-webhook.ts";
import { registerCreateWebhook } from "./modules/webhooks/create-webhook.ts";
import { registerDeliveries } from "./modules/webhooks/deliveries.ts";
import { registerMessages } from "./modules/webhooks/messages.ts";
import { registerReadWebhooks } from "./modules/webhooks/read-webhooks.ts";
import { registerRotateSecret } from "./modules/webhooks/rotate-secret.ts";
import { registerWorkers } from "./modules/workers/workers.ts";
import { openApiDocument, registerComponents } from "./openapi.ts";

/**
 * The REST API as a function from Request to Response. It holds no sockets and reads no environment; what the runtime provides
 * for a request comes with it as bindings (`app.fetch(request, bindings)`), all of it optional.
 */
export function createApp(deps: AppDeps): App {
  const { auth, logger, limits = null } = deps;
  const telemetry = deps.telemetry ?? createTelemetry([createLogObserver(logger, () => performance.now())]);
  // Without a slash at the end: paths, which begin with one, are appended to it.
  const config = {
    ...deps.config,
    publicUrl: deps.config.publicUrl?.replace(/\/+$/, "") ?? null,
    basePath: deps.config.basePath.replace(/^\/*(?=[^/])/, "/").replace(/\/+$/, ""),
  };
  const base = linkBase(config);
  // Not strict: a trailing slash makes no difference.
  const app: App = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid, strict: false });

  const respond = (c: Context<AppEnv>, error: AppError): Response =>
    problemResponse(error, {
      requestId: c.get("requestId"),
      linkBase: base,
      ...(error instanceof UnreadableRequest ? { status: error.status } : {}),
    });

  app.onError((error, c) => {
    const known = error instanceof HTTPException ? fromHttpException(error) : toAppError(error);
    // After a client disconnected its work is aborted, which is no error of the server.
    if (known.code === "internal_error" && !c.req.raw.signal.aborted) {
      logger.error("request failed", { requestId: c.get("requestId"), error: known.cause ?? known });
    }
    return respond(c, known);
  });
  app.notFound((c) => respond(c, new AppError("not_found", "There is nothing at this path.", { hint: "See /docs." })));

  app.use(requestId());
  app.use(identifyClient(config));
  app.use(observeRequests(telemetry, config));
  app.use(securityHeaders(config));
  app.use(function refuseUnreadable(c, next) {
    if (c.env?.refused !== undefined) throw c.env.refused;
    return next();
  });
  if (auth.mode === "off") app.use(localOnly(config));
  const sessions = createSessionCookie(config);
  app.use(function readSession(c, next) {
    c.set("sessionKey", auth.mode === "off" ? null : sessions.read(c));
    return next();
  });
  if (config.corsOrigins.length > 0) app.use(corsFor(config.corsOrigins));

  if (limits !== null) app.use(showRate(), limitRequests(limits));

  const links = createPublicLinks(base);
  const takeStreamSlot = streamSlotTaker(
    auth,
    createStreamSlots({
      total: config.maxStreams,
      perHolder: config.maxStreamsPerKey ?? Math.ceil(config.maxStreams / 2),
    }),
    deps.service.accounts,
  );
  const routeDeps: RouteDeps = {
    ...deps,
    telemetry,
    config,
    links,
    requires: (scope) => authorize(auth, limits, scope),
    mayFollow: authorizeStream(
      { auth, service: deps.service, config, limits },
      authorize(auth, limits, "downloads:read"),
    ),
    refuseForeignPages: refuseForeignPages(config),
    takeStreamSlot,
    limitStreams: limitStreams(takeStreamSlot),
    limitBody: limitBody(config.maxBodyBytes),
  };

  registerComponents(app);
  registerCreateDownload(app, routeDeps);
  registerListDownloads(app, routeDeps);
  registerCountDownloads(app, routeDeps);
  registerBulkDownloads(app, routeDeps);
  registerGetDownload(app, routeDeps);
  registerEditDownload(app, routeDeps);
  registerDeleteDownload(app, routeDeps);
  registerMoveDownload(app, routeDeps);
  const openStream = createStreams(routeDeps);
  registerDownloadEvents(app, routeDeps, openStream);
  registerOwnerEvents(app, routeDeps, openStream);
  registerCreateTicket(app, routeDeps);
  const fileLinks = createFileLinks(config.linkSecret);
  registerDownloadFile(app, routeDeps, fileLinks);
  registerLinkFile(app, routeDeps, fileLinks);
  registerArchiveDownload(app, routeDeps);
  registerProbe(app, routeDeps);
  registerCreateBatch(app, routeDeps);
  registerReadBatches(app, routeDeps);
  registerChangeBatch(app, routeDeps);
  registerBatchEvents(app, routeDeps, openStream);
  registerArchiveBatch(app, routeDeps);
  registerCreateSchedule(app, routeDeps);
  registerReadSchedules(app, routeDeps);
  registerChangeSchedule(app, routeDeps);
  registerMoveSchedule(app, routeDeps);
  registerFeed(app, routeDeps);
  registerFeedFile(app, routeDeps);
  registerCreateWebhook(app, routeDeps);
  registerReadWebhooks(app, routeDeps);
  registerChangeWebhook(app, routeDeps);
  registerRotateSecret(app, routeDeps);
  registerDeliveries(app, routeDeps);
  registerMessages(app);
  registerKeys(app, routeDeps);
  registerAccounts(app, routeDeps);
  registerKey(app, routeDeps);
  registerProgressSocket(app, routeDeps);
  registerOwnerSocket(app, routeDeps);
  registerGetStats(app, routeDeps);
  registerGetHistory(app, routeDeps);
  registerListAudit(app, routeDeps);
  registerWorkers(app, routeDeps);
  registerEgresses(app, routeDeps);
  registerGetEngines(app, routeDeps);
  registerGetStorage(app, routeDeps);
  registerGetQueue(app, routeDeps);
  registerLogLevel(app, routeDeps);
  registerHealth(app, routeDeps);
  registerMetrics(app, routeDeps);
  registerMcp(app, routeDeps);
  registerDocs(app);
  registerSession(app, routeDeps, sessions);
  registerDashboard(app, config, links);

  // Built on first request: generating it is slow, and most processes never serve it.
  let document: ReturnType<typeof openApiDocument> | undefined;
  app.get("/openapi.json", (c) => {
    document ??= openApiDocument(app, config);
    return c.json(document, 200, { "cache-control": "no-cache" });
  });
  answerOtherMethods(app, base);
  parseAtOnce(app);
  return app;
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  413: "payload_too_large",
  415: "unsupported_media_type",
};

// Thrown by the framework's own validators.
function fromHttpException(error: HTTPException): AppError {
  const code = codeOfStatus[error.status] ?? "internal_error";
  if (code === "internal_error") return toAppError(error);
  if (code === "invalid_request") return new AppError(code, "The body is not valid JSON.", { cause: error });
  return new AppError(code, undefined, { cause: error });
}
