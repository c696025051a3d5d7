import { createRoute } from "@hono/zod-openapi";
import type { Check } from "@vidferry/core";
import type { Context } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import type { AppDeps } from "../../dependencies.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { describeProblems } from "../../http/problem.ts";
import { keyless } from "../../http/secured.ts";
import { DetailedHealth, Health, Liveness, Readiness } from "./schemas.ts";

const json = <T>(description: string, schema: T) => ({ description, content: { "application/json": { schema } } });

const withoutKey = "Send a key to read more.";

const statusOf = (checks: readonly Check[]): "ok" | "degraded" | "failed" => {
  if (checks.some((check) => check.status === "failed")) return "failed";
  return checks.some((check) => check.status === "warning") ? "degraded" : "ok";
};

/** `GET /health`, `/health/detailed`, `/livez` and `/readyz`. They need no key and tell no secrets. */
export function registerHealth(app: App, { service, auth, config, logger }: AppDeps): void {
  const common = { method: "get" as const, tags: ["health"], security: keyless };
  const { version } = config;
  // While keys are off, to a host name that is not this machine's.
  const refusals = describeProblems("forbidden");

  // A check that cannot even be made is a failed check, not a failed request.
  const checked = async (look: () => Promise<readonly Check[]>): Promise<Check[]> => {
    try {
      return [...(await look())];
    } catch (error) {
      logger.error("health check failed", { error });
      return [{ name: "checks", status: "failed", detail: "The checks could not be made." }];
    }
  };

  // When the database is down, the caller is treated as unauthenticated; the failure shows in the statuses.
  const isKnown = async (c: Context<AppEnv>): Promise<boolean> =>
    auth.mode === "off" ||
    (await auth.authenticate(c.req.raw, clientAddress(c), c.get("sessionKey")).then(
      () => true,
      () => false,
    ));

  // Everybody may ask, and is not counted: callers at the same time share one run, and those that come shortly after it get its
  // result. A run that does not end is not waited for by those that come later.
  const shared = (look: () => Promise<readonly Check[]>): ((keptMs: number) => Promise<Check[]>) => {
    /** `since`: when it began, and once it is over when it ended. */
    let latest: { readonly checks: Promise<Check[]>; since: number; isOver: boolean } | undefined;
    return (keptMs) => {
      const now = performance.now();
      if (latest && now - latest.since < (latest.isOver ? keptMs : config.healthTimeoutMs)) return latest.checks;
      const run = {
        checks: checked(look).finally(() => {
          run.since = performance.now();
          run.isOver = true;
        }),
        since: now,
        isOver: false,
      };
      latest = run;
      return run.checks;
    };
  };
  const detailed = shared(() => service.health({ signal: AbortSignal.timeout(config.healthTimeoutMs) }));
  const readiness = shared(() => service.ready());

  app.openapi(
    createRoute({
      ...common,
      path: "/health",
      operationId: "getHealth",
      summary: "Is it well?",
      description: "The short answer, from the same checks as readiness.",
      responses: { 200: json("It is, or nearly.", Health), 503: json("It is not.", Health), ...refusals },
    }),
    async (c) => {
      const status = statusOf(await readiness(0));
      return c.json({ status, version }, status === "failed" ? 503 : 200);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      path: "/health/detailed",
      operationId: "getDetailedHealth",
      summary: "How is each part?",
      description:
        "Checks everything for real: store, queue, storage (a write, a read, a delete), programs, disk. A result serves for a few seconds. While keys are on, a request without one gets names and statuses alone, at most a minute old.",
      responses: {
        200: json("All parts that are needed work.", DetailedHealth),
        503: json("One does not.", DetailedHealth),
        ...refusals,
      },
    }),
    async (c) => {
      const known = await isKnown(c);
      const all = await detailed(known ? config.healthKeptMs : config.strangersHealthKeptMs);
      const checks = known ? all : all.map(({ name, status }) => ({ name, status, detail: withoutKey }));
      const status = statusOf(checks);
      return c.json({ status, version, checks }, status === "failed" ? 503 : 200);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      path: "/livez",
      operationId: "getLiveness",
      summary: "Does the process answer?",
      description: "Looks at nothing else; restart the process when this fails.",
      responses: { 200: json("It does.", Liveness), ...refusals },
    }),
    (c) => c.json({ status: "ok" as const }, 200),
  );

  app.openapi(
    createRoute({
      ...common,
      path: "/readyz",
      operationId: "getReadiness",
      summary: "Should it get requests?",
      description: "Refused while the service shuts down, or while something it cannot do without is missing.",
      responses: { 200: json("It should.", Readiness), 503: json("Not now.", Readiness), ...refusals },
    }),
    async (c) => {
      if (c.env?.closing?.aborted) {
        const shutdown = { name: "shutdown", status: "failed" as const, detail: "The service shuts down." };
        return c.json({ status: "not_ready" as const, checks: [shutdown] }, 503);
      }
      const checks = await readiness(0);
      const ready = statusOf(checks) !== "failed";
      return c.json({ status: ready ? ("ready" as const) : ("not_ready" as const), checks }, ready ? 200 : 503);
    },
  );
}
