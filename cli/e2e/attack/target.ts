import { readFileSync } from "node:fs";
import type { JobResource } from "@vidferry/core";
import { runHere } from "../command.ts";
import { type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";

/** Somebody with a key. */
export interface Holder {
  readonly owner: string;
  readonly secret: string;
  /** Sends a request below `/api/v1`; a body goes as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** A `vidferry serve` with keys on, whose every host is open: what a stranger with a key of their own may attack. */
export interface Target extends AsyncDisposable {
  readonly url: string;
  readonly scene: Scene;
  readonly service: Service;
  readonly admin: Holder;
  readonly victim: Holder;
  readonly attacker: Holder;
  /** Most memory that the process has had so far, in bytes. */
  peakMemory(): number;
  /** Asks what everyone asks, as the victim. Throws when it is not served. */
  servesHonestly(): Promise<void>;
}

/** What nobody should be refused for in a test that asks fast. */
const noRates = { REQUESTS_PER_MINUTE: "0", ANONYMOUS_PER_MINUTE: "0", WRONG_KEYS_PER_MINUTE: "0" };

/** Starts it; `env` adds to its settings. */
export async function startTarget(
  env: Readonly<Record<string, string>> = {},
  options: Parameters<typeof setScene>[0] = {},
): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await setScene(options));
  const settings = { AUTH: "keys", ALLOWED_HOSTS: "*", ...noRates, ...env };
  const service = stack.use(await startService(scene, settings));
  const holder = (owner: string, secret: string): Holder => ({
    owner,
    secret,
    call: (method, path, body, headers = {}) =>
      fetch(`${service.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
  });
  const made = await runHere(["keys", "create", "--name", "ops", "--owner", "ops", "--scopes", "admin"], {
    ...scene.env,
    ...settings,
  });
  if (made.exitCode !== 0) throw new Error(`no key was made: ${made.stderr}`);
  const admin = holder("ops", made.stdout.trim());
  const invite = async (owner: string): Promise<Holder> => {
    const answer = await admin.call("POST", "/keys", { name: owner, owner, scopes: ["write"] });
    if (!answer.ok) throw new Error(`no key was made: ${answer.status} ${await answer.text()}`);
    return holder(owner, ((await answer.json()) as { secret: string }).secret);
  };
  const [victim, attacker] = [await invite("victim"), await invite("attacker")];
  const owned = stack.move();
  return {
    url: service.url,
    scene,
    service,
    admin,
    victim,
    attacker,
    peakMemory: () => {
      const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${service.pid}/status`, "latin1")) ?? [];
      return Number(kib) * 1024;
    },
    servesHonestly: async () => {
      for (const response of [await victim.call("GET", "/downloads?limit=1"), await fetch(`${service.url}/livez`)]) {
        if (response.status !== 200) throw new Error(`refused: ${response.status} ${await response.text()}`);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Asks for a download as somebody, and waits until it is over. */
export async function finishedJob(holder: Holder, request: Readonly<Record<string, unknown>>): Promise<JobResource> {
  const response = await holder.call("POST", "/downloads", request, { prefer: "wait=60" });
  if (!response.ok) throw new Error(`the job was refused: ${response.status} ${await response.text()}`);
  let job = (await response.json()) as JobResource;
  for (const until = Date.now() + 90_000; Date.now() < until; ) {
    if (job.state === "succeeded") return job;
    if (job.state === "failed" || job.state === "canceled") break;
    const events = await holder.call("GET", `/downloads/${job.id}/events`);
    await events.text();
    job = (await (await holder.call("GET", `/downloads/${job.id}`)).json()) as JobResource;
  }
  throw new Error(`the job is ${job.state}: ${JSON.stringify(job.error)}`);
}
