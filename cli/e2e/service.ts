import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { startCommand } from "./command.ts";
import { processesIn } from "./processes.ts";
import { filesBelow, type Scene } from "./scene.ts";

/** A running `vidferry serve`, seen from outside. */
export interface Service extends AsyncDisposable {
  /** Address without a path. */
  readonly url: string;
  readonly pid: number;
  /** What it has logged so far. */
  readonly log: () => string;
  /** Sends JSON to a path below `/api/v1`. */
  post(path: string, body?: unknown): Promise<Response>;
  /** Posts a link and gives the accepted job. */
  submit(request: DownloadRequestInput): Promise<JobResource>;
  job(id: string): Promise<JobResource>;
  /** Waits until the job meets a condition. */
  until(id: string, condition: (job: JobResource) => boolean, what?: string): Promise<JobResource>;
  /** Waits until the job is over, however it ends. */
  finished(id: string): Promise<JobResource>;
  /** Posts a link and waits until the job is over. */
  run(request: DownloadRequestInput): Promise<JobResource>;
  /** Sends a signal and waits for the end. Resolves to the exit code; null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** No test file takes longer; a service that was started for one is killed then. */
const longestMs = 1_800_000;

/** A start takes half a second of processor time, which a busy machine may not give for long. */
const startMs = 120_000;

/** A job on a slow machine under load takes its time; a test that waits longer has found a hang. */
const usualPatienceMs = 150_000;

const over = ["succeeded", "failed", "canceled"];

/**
 * Starts `vidferry serve` in the scene and waits until it says where it listens.
 * @param options.deadlineMs as for `startCommand`; default: half an hour.
 * @param options.patienceMs how long a job is waited for; default: 150 s.
 */
export async function startService(
  scene: Pick<Scene, "home" | "env">,
  env: Readonly<Record<string, string>> = {},
  {
    deadlineMs = longestMs,
    patienceMs = usualPatienceMs,
  }: { readonly deadlineMs?: number; readonly patienceMs?: number } = {},
): Promise<Service> {
  const command = startCommand(["serve"], { cwd: scene.home, env: { ...scene.env, ...env }, deadlineMs });
  let ended = false;
  let asked = false;
  void command.done.then(() => {
    ended = true;
  });
  const url = await eventually(
    () => {
      const address = /API +(http:\S+)\/api\/v1/.exec(command.stderr())?.[1];
      if (address === undefined && ended) return "";
      return address ?? false;
    },
    { timeoutMs: startMs, message: "an address on standard error" },
  ).catch((error: unknown) => {
    command.kill("SIGKILL");
    throw new Error(`serve did not start: ${command.stderr()}\n${command.stdout()}`, { cause: error });
  });

  const post = (path: string, body?: unknown) =>
    fetch(`${url}/api/v1${path}`, {
      method: "POST",
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  const submit = async (request: DownloadRequestInput) => {
    const response = await post("/downloads", request);
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as JobResource;
  };
  const job = async (id: string) => (await (await fetch(`${url}/api/v1/downloads/${id}`)).json()) as JobResource;
  const until = (id: string, condition: (job: JobResource) => boolean, what = "the awaited state") =>
    eventually(
      async () => {
        // Polling on would hide why it exited.
        if (ended) return "gone";
        const current = await job(id);
        return condition(current) ? current : null;
      },
      { timeoutMs: patienceMs, message: `${what} of ${id}` },
    ).then(async (seen) => {
      if (seen !== "gone") return seen;
      const { exitCode, stdout, stderr } = await command.done;
      throw new Error(`the service went away (${exitCode}) while ${id} ran:\n${stdout}\n${stderr}`);
    });
  const finished = (id: string) => until(id, ({ state }) => over.includes(state), "the end");
  const end = async (signal: NodeJS.Signals) => {
    asked = true;
    command.kill(signal);
    return (await command.done).exitCode;
  };
  return {
    url,
    pid: command.pid,
    log: command.stdout,
    post,
    submit,
    job,
    until,
    finished,
    run: async (request) => finished((await submit(request)).id),
    end,
    [Symbol.asyncDispose]: async () => {
      if (ended && !asked) throw new Error(`the service ended by itself:\n${command.stdout()}\n${command.stderr()}`);
      await end("SIGKILL");
    },
  };
}

/** Processes that work on a job: they run in its folder. What the service keeps ready between jobs is not one. */
export function jobProcesses(scene: Scene): string[] {
  return processesIn(`${scene.home}/data/work/jobs`).map(({ command }) => command);
}

/** Waits until no process works on a job, and no work folder and half stored file is there: so it is when every job is over. */
export async function nothingIsLeft(scene: Scene): Promise<void> {
  await eventually(async () => (await leftovers(scene)).length === 0).catch(async () => {
    throw new Error(`left behind: ${(await leftovers(scene)).join("\n")}`);
  });
}

async function leftovers(scene: Scene): Promise<string[]> {
  const [work, unfinished] = await Promise.all([
    filesBelow(`${scene.home}/data/work/jobs`),
    filesBelow(`${scene.home}/data/files/.tmp`),
  ]);
  return [...jobProcesses(scene), ...work, ...unfinished];
}
