import { z } from "@hono/zod-openapi";

const HealthStatus = z.enum(["ok", "degraded", "failed"]);

const HealthCheck = z
  .object({
    name: z.string(),
    status: z.enum(["ok", "warning", "failed"]),
    detail: z.string().describe("What was found, for example a version."),
    fix: z.string().optional().describe("What to do when it is not ok."),
  })
  .meta({ id: "HealthCheck" });

export const Health = z.object({ status: HealthStatus, version: z.string() }).meta({ id: "Health" });

export const DetailedHealth = z
  .object({ status: HealthStatus, version: z.string(), checks: z.array(HealthCheck) })
  .meta({ id: "DetailedHealth" });

export const Liveness = z.object({ status: z.literal("ok") }).meta({ id: "Liveness" });

export const Readiness = z
  .object({ status: z.enum(["ready", "not_ready"]), checks: z.array(HealthCheck) })
  .meta({ id: "Readiness" });
