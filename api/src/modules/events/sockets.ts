import { zValidator } from "@hono/zod-validator";
import { AppError, type OwnerEvent } from "@vidferry/core";
import type { Context } from "hono";
import type { AppEnv } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { createEventSocket } from "../../http/socket.ts";
import { invalidRequest } from "../../http/validation.ts";
import { OwnerStreamQuery, StreamQuery } from "./schemas.ts";

/** Refuses handshakes whose query is not that of the event stream with the same events. */
export const validSocketQuery = zValidator("query", StreamQuery, (result) => {
  if (!result.success) throw invalidRequest("query", result.error.issues);
});

/** The same for the events of all jobs. */
export const validOwnerSocketQuery = zValidator("query", OwnerStreamQuery, (result) => {
  if (!result.success) throw invalidRequest("query", result.error.issues);
});

/** What a socket brings. */
export interface SocketEvents {
  readonly follow: (signal: AbortSignal) => AsyncIterable<OwnerEvent>;
  /** The event stream with the same events. */
  readonly sameAs: string;
}

/** Answers a handshake with a socket of events. Throws `invalid_request` when the request is no handshake. */
export function openSocket(
  { links, logger, telemetry }: RouteDeps,
  c: Context<AppEnv>,
  events: SocketEvents,
): Response {
  const requestId = c.get("requestId");
  const keyEnded = c.get("keyEnded");
  const handlers = createEventSocket({
    present: links.event,
    follow: events.follow,
    ...(keyEnded === undefined ? {} : { keyEnded }),
    ...(c.env?.closing === undefined ? {} : { closing: c.env.closing }),
    onError: (error) => logger.warn("event socket failed", { requestId, error }),
  });
  if (c.env?.upgrade === undefined) {
    throw new AppError("invalid_request", "This path takes WebSocket handshakes only.", {
      hint: `GET ${events.sameAs} has the same events without WebSockets.`,
    });
  }
  const ended = Promise.withResolvers<void>();
  c.env.upgrade({
    open: (socket) => {
      void telemetry.during("stream", { transport: "websocket", requestId }, () => ended.promise);
      handlers.open(socket);
    },
    closed: () => {
      ended.resolve();
      handlers.closed();
    },
  });
  // The server answers the handshake; this goes nowhere.
  return new Response(null);
}
