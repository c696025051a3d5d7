import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, freePort } from "@vidferry/testing";
import { startAlertmanager, startPrometheus } from "@vidferry/testing/services";
import { rows } from "../../../infra/observability/panels.ts";
import { setScene } from "../scene.ts";
import { startService } from "../service.ts";
import { query, rulesOf } from "./prometheus-api.ts";

const alerts = new URL("../../../infra/observability/alerts.yml", import.meta.url);

/** What Alertmanager sends to a webhook. */
export interface Notification {
  readonly status: "firing" | "resolved";
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** What a panel's expressions gave. */
export interface ShownPanel {
  readonly title: string;
  readonly series: number;
}

/** A service with a Prometheus and an Alertmanager that watch it, and a receiver of alerts. */
export interface ObservedService extends AsyncDisposable {
  /** Runs jobs, of which one fails, and waits until Prometheus has seen their ends. */
  runJobs(count: number): Promise<void>;
  /** The text of the service's `/metrics`. */
  metrics(): Promise<string>;
  /** Evaluates every expression of the dashboard. */
  panels(): Promise<readonly ShownPanel[]>;
  /** Names of all alerts, each of which Prometheus can evaluate. */
  alerts(): Promise<readonly string[]>;
  /** Kills the service. */
  kill(): Promise<void>;
  /** The first notification that names the alert and has this status. */
  notified(alert: string, status: Notification["status"]): Promise<Notification["alerts"][number]>;
  /** Starts the service again. */
  start(): Promise<void>;
}

/**
 * Starts it all. Alerts are as in the repository, but for how long their condition must hold, since nobody wants to wait for
 * minutes here.
 */
export async function startObservedService(): Promise<ObservedService> {
  await using parts = new AsyncDisposableStack();
  const scene = parts.use(await setScene());
  const port = await freePort();
  const env = { METRICS_PORT: String(port), MAX_ATTEMPTS: "1" };
  let service = await startService(scene, env);
  parts.defer(() => service[Symbol.asyncDispose]());

  const received: Notification[] = [];
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      received.push((await request.json()) as Notification);
      return new Response();
    },
  });
  parts.defer(() => receiver.stop(true));
  const receivers = [{ name: "operator", webhook_configs: [{ url: receiver.url.href, send_resolved: true }] }];
  const route = { receiver: "operator", group_wait: "1s", group_interval: "1s", repeat_interval: "1h" };
  const alertmanager = parts.use(await startAlertmanager(JSON.stringify({ route, receivers })));

  const rules = join(await scene.folder("rules"), "alerts.yml");
  await writeFile(rules, (await readFile(alerts, "utf8")).replace(/for: \d+m$/gm, "for: 1s"));
  const prometheus = parts.use(
    await startPrometheus(
      JSON.stringify({
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: [rules],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
        scrape_configs: [{ job_name: "vidferry", static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
      }),
    ),
  );
  const ended = async (): Promise<number> => {
    const [sample] = await query(
      prometheus.url,
      'sum(vidferry_job_duration_seconds_count{outcome=~"succeeded|failed"})',
    );
    return sample?.value ?? 0;
  };
  const kept = parts.move();

  return {
    runJobs: async (count) => {
      const output = { type: "video", quality: "144p" } as const;
      const ids = ["privateVid1", ...Array.from({ length: count - 1 }, () => "sampleVid01")];
      // Prometheus must have seen the counters before they change, or the change is none to it.
      await eventually(async () => (await query(prometheus.url, "vidferry_build_info")).length > 0, patience);
      const before = await ended();
      const jobs = await Promise.all(ids.map((id) => service.submit({ url: scene.youtube.url(id), output })));
      await Promise.all(jobs.map(({ id }) => service.finished(id)));
      await eventually(async () => (await ended()) >= before + count, patience);
    },
    metrics: async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    panels: async () => {
      const shown: ShownPanel[] = [];
      for (const { title, queries } of rows.flatMap(({ panels }) => panels)) {
        const answers = await Promise.all(
          queries.map(({ expr }) => query(prometheus.url, expr.replaceAll("$__rate_interval", "5m"))),
        );
        shown.push({ title, series: Math.min(...answers.map(({ length }) => length)) });
      }
      return shown;
    },
    alerts: async () => {
      const all = await eventually(async () => {
        const loaded = await rulesOf(prometheus.url);
        return loaded.length > 0 && loaded.every(({ health }) => health !== "unknown") && loaded;
      }, patience);
      const broken = all.filter(({ health }) => health !== "ok");
      if (broken.length > 0) throw new Error(broken.map(({ name, lastError }) => `${name}: ${lastError}`).join("\n"));
      return all.map(({ name }) => name);
    },
    kill: async () => void (await service.end("SIGKILL")),
    start: async () => {
      service = await startService(scene, env);
    },
    notified: (alert, status) =>
      eventually(
        () =>
          received
            .flatMap((one) => one.alerts)
            .find((one) => one.labels["alertname"] === alert && one.status === status) ?? false,
        { ...patience, message: `${alert}, ${status}, at the operator's webhook` },
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const patience = { timeoutMs: 90_000, intervalMs: 200 } as const;
