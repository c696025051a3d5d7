import { randomBytes } from "node:crypto";
import { eventually } from "@vidferry/testing";
import { type DownloadJob, type DownloadRequest, Vidferry, type Worker } from "../../../sdk/src/index.ts";
import { attempt, type Composition, composition, docker } from "./docker.ts";
import { checkEgress, checkRuleset, closeWorkers } from "./egress.ts";
import { mixedLoad } from "./load.ts";
import type { Steps } from "./steps.ts";

/** What a trial works with. */
export interface Trial {
  readonly compose: readonly string[];
  readonly project: string;
  /** Variables of the compose files besides the secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Debian as the worker's image has it, for what the trial itself needs. */
  readonly debian: string;
  /** Minutes and requests a second of the mixed load on three workers; null: none. */
  readonly load: { readonly minutes: number; readonly rate: number } | null;
  readonly steps: Steps;
}

const addition = "bin/lib/images/trial.yml";
const files = ["docker-compose.yml", "infra/observability/compose.yml", addition];
const withEgressRule = ["docker-compose.yml", "infra/egress/compose.yml", addition];
const ours = ["postgres", "redis", "s3", "api", "worker", "origin"];
/** The proxy of this world is the double itself. */
const neededByWorkers = [
  { service: "postgres", port: 5432 },
  { service: "redis", port: 6379 },
  { service: "s3", port: 7070 },
  { service: "origin", port: 3128 },
];
const apiUrl = "http://127.0.0.1:8080";
/** A machine that does other things as well takes its time. */
const patienceMs = 600_000;
const sampleVideo = "https://www.youtube.com/watch?v=sampleVid01";
/** Half a minute of a transfer: long enough to do something to the worker meanwhile. */
const slowFile = (name: string) => `http://origin:8000/~bytesPerSecond=400000/big/30000000.mp4?${name}`;

/** Secrets and settings for one trial. */
export function trialEnvironment(): Record<string, string> {
  const secret = () => randomBytes(24).toString("hex");
  return {
    POSTGRES_PASSWORD: secret(),
    REDIS_PASSWORD: secret(),
    S3_ACCESS_KEY: secret(),
    S3_SECRET_KEY: secret(),
    LINK_SECRET: secret(),
    SECRETS_KEY: secret(),
    API_PORT: "8080",
    GRAFANA_PASSWORD: secret(),
  };
}

/** Starts the whole composition and tries what it promises, then once more with the system's own egress rule. */
export async function runTrial(trial: Trial): Promise<void> {
  const { steps } = trial;
  const open = composition(trial.compose, trial.project, files, { ...trial.env, TRIAL_WORLD: "inside" });
  await open.attempt("down", "--volumes", "--remove-orphans", "--timeout", "1");
  const client = await steps.must("docker compose up: every service is healthy", () =>
    startAll(open, [...ours, "prometheus"], "1"),
  );
  await steps.check("our containers have no rights and nothing to write to", () => checkRights(open));
  await steps.check("a browser gets the dashboard", showDashboard);
  await steps.check("a video with its captions drawn in, by the genuine yt-dlp, Deno and FFmpeg", () =>
    wholeJob(client, { url: sampleVideo, subtitles: { languages: ["en"], burnIn: "en" } }),
  );
  await steps.must("docker compose up --scale worker=3", () => startAll(open, ours, "3"));
  await steps.check("Prometheus finds the API and each worker", () => checkMetrics(open));
  await steps.check("three workers take jobs", () => threeWorkers(client));
  const { load } = trial;
  if (load !== null)
    await steps.check("a mixed load on three workers", async () =>
      mixedLoad(open, { ...load, url: apiUrl, key: await makeKey(open, "load") }),
    );
  await steps.check("a worker is killed, and its job goes on elsewhere", () => killWorker(client));
  await steps.check("a worker is told to stop, and its job ends first", () => stopWorker(client));
  await steps.must("docker compose up: three workers again", () => startAll(open, ours, "3"));
  await steps.check(
    "POST /workers/{id}/drain: a worker ends at no cost to its job, and a new one takes its place",
    () => drainWorker(client),
  );
  await steps.check("vidferry drain: the workers of a host end at no cost to their job", () => drainHost(client, open));
  await steps.check("infra/egress/check.sh: the ruleset for a host without Docker", () => checkRuleset(trial.debian));
  await steps.check("infra/egress/nftables.conf in the workers' networks", () => closeWorkers(open, neededByWorkers));
  await steps.check("a job behind these rules", () =>
    wholeJob(client, { url: sampleVideo, output: { type: "audio", format: "m4a" } }),
  );
  await open.run("down", "--timeout", "45");

  const closed = composition(trial.compose, trial.project, withEgressRule, {
    ...trial.env,
    TRIAL_WORLD: "outside",
    TRIAL_PROXY: "http://egress:3128",
  });
  const behind = await steps.must("the same with infra/egress/compose.yml", () =>
    startAll(closed, [...ours, "egress"], "1"),
  );
  await steps.check("a job through the proxy", () => wholeJob(behind, { url: "http://origin:8000/big/1000000.mp4" }));
  await steps.check("nothing but the proxy goes out", () => checkEgress(closed));
}

/** The page and each file that it names, from the API's own image. */
async function showDashboard(): Promise<string> {
  const page = await (await fetch(apiUrl, { headers: { accept: "text/html" } })).text();
  const files = [...page.matchAll(/"(app\/files\/[^"]+)"/g)].map(([, file]) => file ?? "");
  if (files.length < 4) throw new Error(`this is no dashboard: ${page.slice(0, 500)}`);
  for (const file of files) {
    const { status } = await fetch(new URL(file, `${apiUrl}/`));
    if (status !== 200) throw new Error(`${file}: ${status}`);
  }
  return `${files.length} files`;
}

/** Removes everything of a trial. */
export async function endTrial({ compose, project, env }: Trial): Promise<void> {
  for (const world of [files, withEgressRule])
    await composition(compose, project, world, { ...env, TRIAL_WORLD: "outside" }).attempt(
      "down",
      "--volumes",
      "--remove-orphans",
      "--timeout",
      "1",
    );
}

/** Starts what is not there yet, waits until all are healthy, and gives a client with a key of its own. */
async function startAll(at: Composition, services: readonly string[], workers: string): Promise<Vidferry> {
  await at.run("up", "-d", "--no-build", "--scale", `worker=${workers}`, ...services);
  for (const service of ["postgres", "redis", "api", "worker", "origin"])
    await eventually(
      async () => {
        const ids = await at.containers(service);
        const states = await Promise.all(ids.map((id) => docker("inspect", "-f", "{{.State.Health.Status}}", id)));
        const wanted = service === "worker" ? Number(workers) : 1;
        return states.length === wanted && states.every((state) => state === "healthy");
      },
      { timeoutMs: patienceMs, intervalMs: 1_000, message: `every container of ${service} being healthy` },
    );
  return new Vidferry({ baseUrl: apiUrl, apiKey: await makeKey(at, "trial") });
}

/** An API key of an owner of its own. */
async function makeKey(at: Composition, name: string): Promise<string> {
  const scopes = "downloads:read,downloads:write,files:read,admin";
  const said = await at.run("run", "--rm", "-T", "api", "keys", "create", "--name", name, "--scopes", scopes);
  const [key] = /\bvf_\w+/.exec(said) ?? [];
  if (key === undefined) throw new Error(`no key was made: ${said}`);
  return key;
}

/** A job from its request to the bytes of its files. */
async function wholeJob(client: Vidferry, request: DownloadRequest): Promise<string> {
  const job = await client.downloads.create(request);
  const done = await client.downloads.wait(job.id, { signal: AbortSignal.timeout(patienceMs) });
  for (const artifact of done.artifacts) {
    const file = await client.downloads.file(done.id, artifact.id);
    const { byteLength } = await file.arrayBuffer();
    if (byteLength !== artifact.bytes)
      throw new Error(`${artifact.fileName} has ${byteLength} bytes in place of ${artifact.bytes}`);
  }
  if (done.artifacts.length === 0) throw new Error("the job has no files");
  return done.artifacts.map(({ kind, bytes }) => `${kind} of ${bytes} bytes`).join(", ");
}

/** Who they run as, and that they can neither write nor gain anything. */
async function checkRights(at: Composition): Promise<string> {
  const script = [
    'echo "uid=$(id -u)"',
    "touch /app/written 2>/dev/null && echo writes=/app",
    "touch /usr/local/written 2>/dev/null && echo writes=/usr/local",
    "sed -n 's/^\\(CapEff\\|CapBnd\\|NoNewPrivs\\):[[:space:]]*/\\1=/p' /proc/self/status",
  ].join("\n");
  for (const service of ["api", "worker"]) {
    const [container = ""] = await at.containers(service);
    const { output } = await attempt(["docker", "exec", container, "sh", "-c", script]);
    const wanted = ["uid=10001", "CapBnd=0000000000000000", "CapEff=0000000000000000", "NoNewPrivs=1"];
    const found = output.split("\n").toSorted();
    if (found.join() !== wanted.toSorted().join()) throw new Error(`${service} has ${found.join(", ")}`);
  }
  return "uid 10001, no capabilities, read-only";
}

/** What Prometheus says of whom it asks. */
async function checkMetrics(at: Composition): Promise<string> {
  const [worker = ""] = await at.containers("worker");
  const ask = "http://prometheus:9090/api/v1/query?query=count%20by%20(job)%20(up%3D%3D1)";
  const script = `import urllib.request; print(urllib.request.urlopen("${ask}", timeout=10).read().decode())`;
  return await eventually(
    async () => {
      const text = await docker("exec", worker, "python3", "-c", script);
      const { data } = JSON.parse(text) as { data: { result: { metric: { job: string }; value: [number, string] }[] } };
      const found = new Map(data.result.map(({ metric, value }) => [metric.job, value[1]]));
      return found.get("vidferry-api") === "1" && found.get("vidferry-worker") === "3" ? "1 API, 3 workers" : null;
    },
    { timeoutMs: patienceMs, intervalMs: 2_000, message: "Prometheus finding the API and three workers" },
  );
}

async function threeWorkers(client: Vidferry): Promise<string> {
  const active = await eventually(
    async () => {
      const workers = await client.records.workers();
      const found = workers.filter(({ state }) => state === "active");
      return found.length === 3 ? found : null;
    },
    { timeoutMs: patienceMs, intervalMs: 1_000, message: "three active workers" },
  );
  return active.map(({ host }) => host).join(", ");
}

/** Starts a slow job and waits until a worker has it. */
async function runningJob(client: Vidferry, name: string): Promise<{ job: DownloadJob; worker: Worker }> {
  const job = await client.downloads.create({ url: slowFile(name) });
  const worker = await eventually(
    async () => {
      const workers = await client.records.workers();
      const current = await client.downloads.get(job.id);
      if (current.stage !== "downloading") return null;
      return workers.find(({ running }) => running.some(({ jobId }) => jobId === job.id));
    },
    { timeoutMs: patienceMs, intervalMs: 500, message: "a worker that has the job" },
  );
  return { job, worker };
}

/** What does not end within DRAIN_SECONDS is handed back, and costs no attempt. @throws JobFailedError when the job did not succeed. */
async function succeeded(client: Vidferry, { id }: DownloadJob): Promise<string> {
  const done = await client.downloads.wait(id, { signal: AbortSignal.timeout(patienceMs) });
  return `the job succeeded in attempt ${done.attempt}`;
}

/** Waits until a container has ended by itself. @returns its exit code. */
async function exitCode(container: string): Promise<string> {
  return await eventually(
    async () => {
      const state = await docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", container);
      return state.startsWith("exited ") ? state.slice("exited ".length) : null;
    },
    { timeoutMs: patienceMs, intervalMs: 500, message: `the end of ${container}` },
  );
}

async function killWorker(client: Vidferry): Promise<string> {
  const { job, worker } = await runningJob(client, "killed");
  // A container's host name is its id.
  await docker("kill", worker.host);
  const done = await client.downloads.wait(job.id, { signal: AbortSignal.timeout(patienceMs) });
  if (done.attempt < 2) throw new Error(`it ended in attempt ${done.attempt}, before its worker was killed`);
  return `attempt ${done.attempt}`;
}

async function stopWorker(client: Vidferry): Promise<string> {
  const { job, worker } = await runningJob(client, "stopped");
  await docker("stop", "--time", "60", worker.host);
  const code = await exitCode(worker.host);
  if (code !== "0") throw new Error(`the worker ended with ${code}`);
  return `exit code 0, ${await succeeded(client, job)}`;
}

async function drainWorker(client: Vidferry): Promise<string> {
  const { job, worker } = await runningJob(client, "drained");
  await client.records.drainWorker(worker.id);
  const said = await succeeded(client, job);
  await eventually(
    async () => {
      const workers = await client.records.workers();
      const [before, after] = [
        workers.find(({ id }) => id === worker.id),
        workers.filter((one) => one.host === worker.host),
      ];
      return before?.state === "gone" && after.some(({ id, state }) => id !== worker.id && state === "active");
    },
    { timeoutMs: patienceMs, intervalMs: 1_000, message: `a new worker in place of ${worker.id}` },
  );
  return `${said}, a new worker in its place`;
}

async function drainHost(client: Vidferry, at: Composition): Promise<string> {
  const { job, worker } = await runningJob(client, "drained-host");
  // As the command's help says: what would start it again comes first.
  await docker("update", "--restart", "no", worker.host);
  await at.run("run", "--rm", "-T", "api", "drain", worker.host);
  const code = await exitCode(worker.host);
  if (code !== "0") throw new Error(`the worker ended with ${code}`);
  return `exit code 0, ${await succeeded(client, job)}`;
}
