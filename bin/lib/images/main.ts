/**
 * The body of bin/images: makes or names the bases, builds both images, tells their sizes, and tries them in docker-compose.yml.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { orUsage } from "../usage.ts";
import { makeBases, namedBases, reachesRegistry } from "./bases.ts";
import { attempt, docker, findCompose, run } from "./docker.ts";
import { fetchForOther } from "./other-processor.ts";
import { createSteps } from "./steps.ts";
import { endTrial, runTrial, type Trial, trialEnvironment } from "./trial.ts";

const help = `bin/images: builds both images, starts docker-compose.yml with them and tries what it promises

  --build-only     builds and measures, starts nothing
  --bases WHICH    named: from the registries that our files name; local: stand-ins from Debian, npm and the Go module proxy.
                   Default: named, where the registry is reached
  --sbom FOLDER    writes what is in each image there (SPDX, by syft)
  --load MINUTES   puts the mixed load of bin/load on three workers as well, with the genuine engine
  --rate N         requests a second of that load; default 6
  --keep           leaves the services running and waits; Ctrl-C ends them`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: {
      "build-only": { type: "boolean" },
      bases: { type: "string" },
      sbom: { type: "string" },
      load: { type: "string" },
      rate: { type: "string", default: "6" },
      keep: { type: "boolean" },
    },
  }),
);
if (values.bases !== undefined && values.bases !== "local" && values.bases !== "named") {
  console.error(`--bases is local or named, not ${values.bases}`);
  process.exit(2);
}

const minutes = Number(values.load ?? "1");
const rate = Number(values.rate);
if (!(minutes > 0 && rate > 0 && Number.isFinite(minutes * rate))) {
  console.error("--load and --rate are numbers above 0");
  process.exit(2);
}

/** Most that an image may take, in bytes. */
const limits = { api: 250_000_000, worker: 700_000_000 } as const;
const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const places = { root, tools: join(root, ".tools/images") };
const steps = createSteps((line) => console.log(line));

async function build(role: "api" | "worker", args: Readonly<Record<string, string>>): Promise<string> {
  const given = Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  await docker("build", "-f", `Dockerfile.${role}`, "-t", `vidferry-${role}`, ...given, ".");
  return "";
}

async function measure(role: "api" | "worker"): Promise<string> {
  const size = Number(await docker("image", "inspect", "-f", "{{.Size}}", `vidferry-${role}`));
  const said = `${Math.round(size / 1e6)} MB, at most ${limits[role] / 1e6}`;
  if (size > limits[role]) throw new Error(said);
  return said;
}

/** From `docker run` to the first answer of a program in it: what a cold start costs before the service itself. */
async function startTime(role: "api" | "worker"): Promise<string> {
  const startedAt = performance.now();
  const version = await docker("run", "--rm", "--read-only", `vidferry-${role}`, "version");
  return `${version.split("\n").at(-1)} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

async function describeContents(folder: string): Promise<string> {
  const program = join(root, ".tools/syft-venv/bin/syft");
  await mkdir(folder, { recursive: true });
  const counts: string[] = [];
  for (const role of ["api", "worker"]) {
    const text = await run([program, "-q", "scan", `docker:vidferry-${role}`, "-o", "spdx-json"]);
    const { packages } = JSON.parse(text) as { packages: readonly unknown[] };
    await writeFile(join(folder, `vidferry-${role}.spdx.json`), text);
    counts.push(`${role} ${packages.length} packages`);
  }
  return counts.join(", ");
}

async function main(): Promise<void> {
  const bases = await steps.must("bases", async () => {
    const named = values.bases === "named" || (values.bases === undefined && (await reachesRegistry(places)));
    return named ? await namedBases(places) : await makeBases(places);
  });
  console.log(`       bases are ${bases.origin}`);
  for (const role of ["api", "worker"] as const) {
    await steps.must(`docker build -f Dockerfile.${role}`, () => build(role, bases.build));
    await steps.check(`the ${role} image is small`, () => measure(role));
    await steps.check(`the ${role} image starts`, () => startTime(role));
  }
  await steps.check("yt-dlp and what it needs are there for the other processor too", () => fetchForOther(root));
  const { sbom } = values;
  if (sbom !== undefined) await steps.check("what is in the images", () => describeContents(sbom));
  if (values["build-only"]) return;
  const trial: Trial = {
    compose: await findCompose(),
    project: "vidferry-trial",
    env: { ...bases.compose, ...trialEnvironment() },
    debian: bases.debian,
    load: values.load === undefined ? null : { minutes, rate },
    steps,
  };
  try {
    await runTrial(trial);
    if (values.keep) {
      console.log("the services run; Ctrl-C ends them");
      await new Promise((resolve) => process.once("SIGINT", resolve));
    }
  } catch (error) {
    const { output } = await attempt([...trial.compose, "-p", trial.project, "logs", "--tail", "30"], {
      env: trial.env,
    });
    console.log(output);
    throw error;
  } finally {
    await endTrial(trial);
  }
}

await main().catch((error: unknown) => console.error(error));
for (const { name } of steps.failures) console.log(`FAILED: ${name}`);
console.log(steps.failures.length === 0 ? "all of it holds" : `${steps.failures.length} did not hold`);
process.exit(steps.failures.length === 0 ? 0 : 1);
