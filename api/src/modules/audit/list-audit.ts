import { createRoute, z } from "@hono/zod-openapi";
import { type AuditEntry, auditActions, idPattern, isId } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { cursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { timeRange } from "../../http/time-range.ts";

const AuditEntryResource = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    action: z.enum(auditActions).describe("What was done. Later versions know more."),
    by: z
      .object({
        via: z
          .enum(["api", "cli", "service"])
          .describe("A request, an operator's command on a host, or Vidferry itself."),
        owner: z.string().nullable().describe("The owner of the key that was used."),
        keyId: z.string().nullable().describe("The key that was used; null while keys are off."),
        requestId: z.string().nullable().describe("As in `X-Request-Id` and the log."),
      })
      .describe("Who did it."),
    subject: z.string().nullable().describe("Id or name of what it was done to; null when it was no single thing."),
    owner: z.string().nullable().describe("Whose that is."),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: "AuditEntry" });

export const AuditPage = z
  .object({
    data: z.array(AuditEntryResource),
    nextCursor: z.string().nullable().describe("For the next page; null on the last one."),
  })
  .meta({ id: "AuditPage" });
export type AuditPage = z.infer<typeof AuditPage>;

const example = {
  data: [
    {
      id: "aud_0199f3a2d1f07c44b1c8a90be2d7f6a3",
      at: "2026-11-01T12:00:00.000Z",
      action: "job.deleted" as const,
      by: {
        via: "api" as const,
        owner: "web",
        keyId: "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
        requestId: "req_0199f3a2c4d87b1e9a5d6c3f20417e88",
      },
      subject: "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
      owner: "web",
      detail: { state: "succeeded" },
    },
  ],
  nextCursor: null,
};

const query = z.object({
  ...timeRange,
  action: z.enum(auditActions).optional().openapi({ description: "Only this." }),
  subject: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: "Only what was done to the thing of this id." }),
  keyId: z
    .string()
    .regex(idPattern("key"), "the id of a key")
    .optional()
    .openapi({ description: "Only what was done with this key.", example: "key_0199f3a2c4d87b1e9a5d6c3f20417e88" }),
  cursor: cursorParameter,
  limit: limitParameter(50, 200),
});

/** `GET /audit`. */
export function registerListAudit(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/audit",
    operationId: "listAudit",
    tags: ["records"],
    summary: "List who did what",
    description:
      "What was done to keys, accounts, webhooks, jobs and workers, and by which key, newest first. Failed sign-ins are counted, not listed. Entries hold no secrets and are kept for AUDIT_SECONDS. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { query },
    responses: {
      200: { description: "A page.", content: { "application/json": { schema: AuditPage, example } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(route, async (c) => {
    const { cursor, limit, keyId, ...filters } = c.req.valid("query");
    const after = cursor === undefined ? undefined : decodeCursor(cursor, "aud");
    const entries = await deps.service.records.audit({
      ...withoutAbsent(filters),
      ...(keyId !== undefined && isId("key", keyId) ? { keyId } : {}),
      ...(after && { after: { at: after.createdAt, id: after.id } }),
      limit: limit + 1,
    });
    const page = entries.slice(0, limit);
    const last = page.at(-1);
    const nextCursor =
      entries.length > limit && last !== undefined ? encodeCursor({ createdAt: last.at, id: last.id }) : null;
    return c.json({ data: page.map(present), nextCursor }, 200);
  });
}

const present = ({ at, by, ...entry }: AuditEntry) => ({ ...entry, at: at.toISOString(), by: { ...by } });

/** Without the fields that were not given. */
function withoutAbsent<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
