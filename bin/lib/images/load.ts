import { describeFaults, describeKinds } from "../../../bench/load/report.ts";
import { runLoad } from "../../../bench/load/run.ts";
import { mebibytes } from "../../../bench/soak/verdict.ts";
import { type Composition, docker } from "./docker.ts";

/** How much load, and on what. */
export interface LoadPlan {
  readonly minutes: number;
  /** Requests a second. */
  readonly rate: number;
  /** Address of the API. */
  readonly url: string;
  /** Of an owner without limits. */
  readonly key: string;
}

const services = ["api", "worker", "postgres", "redis", "s3"];
const watchEveryMs = 10_000;
const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** The mixed profile of `bin/load` on a composition with the genuine engine. @throws Error when an answer is not as the profile says. */
export async function mixedLoad(at: Composition, { minutes, rate, url, key }: LoadPlan): Promise<string> {
  // What the engine is asked for is a file of the composition's own world, each time under another address.
  const link = (number: number) => `http://origin:8000/landscape/18.mp4?n=${number}`;
  const watch = await watchContainers(at);
  const requests = Math.ceil(minutes * 60 * rate);
  const report = await runLoad({ url, key, link, probeLink: link(0) }, { rate, requests, seed: 1 }).finally(watch.stop);
  const pace = `${report.perSecond.toFixed(1)} requests/s of ${rate} in ${minutes} minutes`;
  const said = [pace, ...describeKinds(report), ...watch.lines(), ...describeFaults(report)].join("\n       ");
  if (report.faults.length > 0) throw new Error(said);
  return said;
}

/** Looks at the memory of a composition's containers until it is stopped. */
async function watchContainers(at: Composition): Promise<{ stop(): Promise<void>; lines(): string[] }> {
  const names = new Map<string, string>();
  for (const service of services)
    for (const [index, id] of (await at.containers(service)).entries())
      names.set(id.slice(0, 12), `${service} ${index + 1}`);
  const seen = new Map<string, number[]>();
  const done = new AbortController();
  const watching = (async () => {
    while (!done.signal.aborted) {
      const text = await docker("stats", "--no-stream", "--format", "{{.ID}} {{.MemUsage}}", ...names.keys());
      for (const [, id = "", amount, unit = ""] of text.matchAll(/^([0-9a-f]{12}) ([\d.]+)([KMG]?i?B) /gm)) {
        const name = names.get(id) ?? id;
        seen.set(name, [...(seen.get(name) ?? []), Number(amount) * (units[unit] ?? Number.NaN)]);
      }
      await Promise.race([
        Bun.sleep(watchEveryMs),
        new Promise((resolve) => done.signal.addEventListener("abort", resolve)),
      ]);
    }
  })();
  return {
    stop: async () => {
      done.abort();
      await watching;
    },
    lines: () =>
      [...seen].map(
        ([name, bytes]) => `memory of ${name}: ${mebibytes(Math.min(...bytes))} to ${mebibytes(Math.max(...bytes))}`,
      ),
  };
}
