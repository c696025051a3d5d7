import { eventually } from "@vidferry/testing";
import { processesIn } from "../../cli/e2e/processes.ts";
import type { JobResource } from "../../core/src/index.ts";
import { descendsFrom } from "../chaos/ancestry.ts";
import { lightUrl } from "../chaos/light-engine.ts";
import type { Finding } from "../chaos/verdict.ts";
import { type Sample, sample } from "./samples.ts";
import { type SoakStage, startFleetStage, startServeStage } from "./stage.ts";
import { judge } from "./verdict.ts";

/** Size of a soak. */
export interface SoakOptions {
  readonly jobs: number;
  /** An API and a worker on PostgreSQL, Redis and S3 in place of one service on SQLite. */
  readonly fleet: boolean;
  readonly sampleMs: number;
  /** How long results are kept that nobody deletes. */
  readonly retentionSeconds: number;
  readonly onSample?: (sample: Sample) => void;
}

/** What a soak saw. */
export interface SoakReport {
  readonly samples: readonly Sample[];
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

/** Clients at once, each with one job after the other. */
const lanes = 12;
const settleMs = 120_000;

/** Runs whole jobs through a service and judges what it keeps. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const start = options.fleet ? startFleetStage : startServeStage;
  await using stage = await start({
    RETENTION_SECONDS: String(options.retentionSeconds),
    WORKER_CONCURRENCY: "4",
    YTDLP_WARM: "off",
    DRAIN_SECONDS: "20",
  });
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1_000;
  const samples: Sample[] = [];
  const wrongEnds: string[] = [];
  let next = 0;
  let over = 0;
  const look = async () => {
    const one = await sample(stage, elapsed(), over);
    samples.push(one);
    options.onSample?.(one);
  };

  const done = new AbortController();
  const sampling = (async () => {
    while (!done.signal.aborted) {
      await look();
      await pause(options.sampleMs, done.signal);
    }
  })();
  const lane = async () => {
    for (let index = next++; index < options.jobs; index = next++) {
      const wrong = await runJob(stage, index);
      if (wrong !== null) wrongEnds.push(wrong);
      over += 1;
    }
  };
  const working = Promise.all(Array.from({ length: lanes }, lane)).finally(() => done.abort());
  await Promise.all([working, sampling]);
  const seconds = elapsed();
  await look();
  return { samples, findings: judge(samples, { ...(await remainsOf(stage)), wrongEnds }), seconds };
}

/** Of twenty jobs one has no source and two are canceled; half of the others are deleted at once, the rest expire. */
async function runJob(stage: SoakStage, index: number): Promise<string | null> {
  const kind = index % 20;
  const path = kind === 0 ? `gone-${index}.mp4` : "landscape/18.mp4";
  const isCanceled = kind === 1 || kind === 2;
  const accepted = await call(stage, "POST", "/downloads", {
    headers: isCanceled ? {} : { prefer: "wait=60" },
    body: JSON.stringify({ url: `${lightUrl(stage.origin.url(path))}&n=${index}`, labels: { run: "soak" } }),
  });
  if (!accepted.ok) return `job ${index} was refused: ${accepted.status} ${await accepted.text()}`;
  let job = (await accepted.json()) as JobResource;
  if (isCanceled) await (await call(stage, "POST", `/downloads/${job.id}/cancel`)).body?.cancel();
  while (!isOver(job)) {
    await Bun.sleep(100);
    job = (await (await call(stage, "GET", `/downloads/${job.id}`)).json()) as JobResource;
  }
  const wanted = kind === 0 ? ["failed"] : isCanceled ? ["canceled", "succeeded"] : ["succeeded"];
  const wrong = wanted.includes(job.state) ? null : `${job.id}: ${job.state} ${job.error?.detail ?? ""}`;
  if (kind % 2 === 0) return wrong;
  const deleted = await call(stage, "DELETE", `/downloads/${job.id}`);
  return deleted.status === 204 ? wrong : `${job.id} could not be deleted: ${deleted.status}`;
}

const isOver = ({ state }: JobResource): boolean => ["succeeded", "failed", "canceled"].includes(state);

function call(stage: SoakStage, method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", ...(init.headers as Record<string, string> | undefined) };
  return fetch(`${stage.url}/api/v1${path}`, { ...init, method, ...(init.body ? { headers } : {}) });
}

/** Waits until the last results have expired, looks, stops the service and looks again. */
async function remainsOf(stage: SoakStage) {
  const roots = new Set(stage.roles.map(({ pid }) => pid));
  const orphans = () => processesIn(stage.home).filter(({ pid }) => !descendsFrom(pid, roots));
  await settle(async () => (await stage.storageBytes()) === 0 && (await stage.workFiles()).length === 0);
  await settle(() => orphans().length === 0);
  const idle = {
    workFiles: await stage.workFiles(),
    storageBytes: await stage.storageBytes(),
    orphans: orphans().map(describe),
  };
  const exitCodes = await Promise.all(stage.roles.map((role) => role.end("SIGTERM")));
  await settle(() => processesIn(stage.home).length === 0);
  return { ...idle, exitCodes, survivors: processesIn(stage.home).map(describe) };
}

const describe = ({ pid, command }: { readonly pid: number; readonly command: string }) =>
  `${pid} ${command}`.slice(0, 200);

/** Waits for a condition that is judged afterwards. */
async function settle(condition: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(condition, { timeoutMs: settleMs, intervalMs: 250 }).catch(() => undefined);
}

/** Resolves after so long, or when the signal comes. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
