import { createRoute, z } from "@hono/zod-openapi";
import type { CreatedTicket } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const Ticket = z
  .object({
    ticket: z.string().describe("For `?ticket=` of one event stream or WebSocket."),
    expiresAt: z.iso.datetime().describe("A minute from now."),
  })
  .meta({
    id: "Ticket",
    example: { ticket: "vft_q0mG1F8Yz7c4cQX3v0tq3Ff5h3kzv2Jr1b9c7e0mXyA", expiresAt: "2026-11-01T10:01:00.000Z" },
  });

/** How long a request that makes a ticket holds its idempotency key, should its process end. */
const holdMs = 10_000;

/** `POST /tickets`. */
export function registerCreateTicket(app: App, { service, requires, limitBody }: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/tickets",
    operationId: "createTicket",
    tags: ["events"],
    summary: "Make a ticket",
    description:
      "A browser's `EventSource` and `WebSocket` cannot send a key. A ticket in `?ticket=` stands in for the key that made it, for one " +
      "stream that begins within a minute; each connection needs a new one. It opens nothing but streams. Needs no body.",
    security: secured("downloads:read"),
    middleware: [requires("downloads:read"), limitBody],
    request: { query: noQuery, headers: idempotencyHeaders },
    responses: {
      201: {
        description: "The ticket.",
        headers: replayedHeader,
        content: { "application/json": { schema: Ticket } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "idempotency_conflict",
        "idempotency_in_progress",
        "payload_too_large",
        "unavailable",
      ),
    },
  });

  app.openapi(route, (c) =>
    answerOnce(
      c,
      ({ ticket, expiresAt }: CreatedTicket) => ({ status: 201, body: { ticket, expiresAt: expiresAt.toISOString() } }),
      (once) => service.runOnce(once, holdMs, () => service.createTicket(c.get("principal"))),
    ),
  );
}
