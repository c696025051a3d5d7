/**
 * The body of bin/test: starts the services once, runs lint, type checks and tests, and sums up.
 * The set-up has been done by then; what it could not get is skipped and named.
 */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { missingService, type ServiceName, services, type TestService } from "@vidferry/testing/services";
import { flushOutput } from "../../core/src/compose/program/terminal.ts";
import { runBun, stoppedBy, stopRuns } from "./bun-runs.ts";
import { bundlePrograms } from "./bundle-programs.ts";
import { belowFloor, coverageFloors } from "./coverage.ts";
import { countTests, type TestCounts } from "./junit.ts";
import { endProcessesNaming } from "./leaks/processes.ts";
import { neverProduced, producedStatusesVariable, readProduced } from "./produced-statuses.ts";
import { judgeSkips } from "./skips.ts";
import { checkSources } from "./source-checks.ts";

async function startServices(): Promise<{ running: TestService[]; environment: Record<string, string> }> {
  const running: TestService[] = [];
  const environment: Record<string, string> = {};
  const starting = Object.entries(services).map(async ([name, service]) => {
    const reason = missingService(name as ServiceName);
    if (reason !== undefined) {
      console.log(`${reason}; its tests are skipped`);
      return;
    }
    // A service that is already running (its URL is set) is used as it is.
    if (service.start === undefined || process.env[service.variable]) return;
    const started = await service.start();
    running.push(started);
    environment[service.variable] = started.url;
  });
  const failures = (await Promise.allSettled(starting)).filter((result) => result.status === "rejected");
  if (failures.length > 0) {
    await Promise.allSettled(running.map((service) => service.stop()));
    throw new AggregateError(
      failures.map((failure) => failure.reason),
      "a service for the tests did not start",
    );
  }
  return { running, environment };
}

async function runTests(
  args: readonly string[],
  environment: Record<string, string>,
  mostWorkers = 3 * availableParallelism(),
): Promise<TestCounts> {
  // The folders of test files lie in it: a short path, for Unix sockets, that servers under another user can pass.
  const folder = await mkdtemp(join(tmpdir(), "vf-"));
  await chmod(folder, 0o711);
  const report = join(folder, "junit.xml");
  try {
    // Real processes, servers and encoders take part, maybe beside other load; Bun's own limit of 5 s is meant for units.
    const limit = "--timeout=180000";
    // Tests wait more than half of the time, for a server, a lease or a pause: with six of them on two processors a tenth was idle.
    // With eight each cost so much more that the run took longer.
    const workers = `--parallel=${Math.min(6, mostWorkers)}`;
    // The slowest files start first, so that no worker is left with one at the end; `bin/test --update-timings` writes it anew.
    const order = "--timings=bin/lib/test-timings.json";
    // The files that a worker runs share their modules, for short ones spend most of their time on loading them.
    const sharing = "--no-isolate";
    const leakCheck = "--preload=./bin/lib/leaks/check.ts";
    const extent = triesWhole(args, environment) ? [] : [`--path-ignore-patterns=**/*${wholeEnding}`];
    const options = [workers, sharing, order, "--reporter=junit", `--reporter-outfile=${report}`, limit, leakCheck];
    const { code } = await runBun(["--no-install", "test", ...options, ...extent, ...args], {
      environment: { ...environment, TEST_RUN_DIR: folder },
    });
    const counts = countTests(await readFile(report, "utf8").catch(() => ""));
    // A runner that ends badly without a failed test to show for it crashed, or found nothing to run.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    // Of a run that was stopped: what tests start is in no group of the runner's.
    endProcessesNaming(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs all tests, and says and counts when a documented status of the API was never produced. */
async function runAllTests(environment: Record<string, string>): Promise<TestCounts> {
  const folder = await mkdtemp(join(tmpdir(), "vidferry-statuses-"));
  try {
    const counts = await runWithCoverage({ ...environment, [producedStatusesVariable]: folder });
    const document = JSON.parse(await readFile("sdk/openapi.json", "utf8"));
    const missing = neverProduced(document, await readProduced(folder));
    if (missing.length > 0) {
      console.log(`\ndocumented statuses that no test produces:\n  ${missing.join("\n  ")}`);
      console.log("Test them, or take them out of the route's `responses`.");
    }
    const isWhole = missing.length === 0;
    return { ...counts, passed: counts.passed + Number(isWhole), failed: counts.failed + Number(!isWhole) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the tests that need no services with coverage, then all others. Says and counts when a part is below its floor. */
async function runWithCoverage(environment: Record<string, string>): Promise<TestCounts> {
  const units = Object.keys(coverageFloors);
  const folder = await mkdtemp(join(tmpdir(), "vidferry-coverage-"));
  try {
    const options = ["--coverage", "--coverage-reporter=lcov", `--coverage-dir=${folder}`];
    // They compute all the time, and each worker loads the modules anew.
    const first = await runTests([...units, ...options], environment, availableParallelism() + 1);
    const below = belowFloor(await readFile(join(folder, "lcov.info"), "utf8").catch(() => ""));
    for (const said of below) console.log(`\ncoverage: ${said}`);
    if (below.length > 0) console.log("Test what these lines do, or delete them; bin/lib/coverage.ts has the floors.");
    const rest = await runTests(
      units.map((path) => `--path-ignore-patterns=${path}**`),
      environment,
    );
    return {
      passed: first.passed + rest.passed + Number(below.length === 0),
      failed: first.failed + rest.failed + Number(below.length > 0),
      skipped: [...first.skipped, ...rest.skipped],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether tests of these paths start programs of ours. */
const startPrograms = (args: readonly string[]): boolean =>
  args.length === 0 || args.some((arg) => /^(\.\/)?(bench|cli|worker)\b/.test(arg));

/** Has every case of the costly tests tried, not only those that stand for the others; `fewUnlessWhole` of testing reads it. */
const wholeOption = "--whole";

/** How the files of tests end that are costly as a whole, and whose promises others try in short. */
const wholeEnding = ".whole.test.ts";

/** Whether these files are run too: with the option, and where one is asked for by its name. */
const triesWhole = (args: readonly string[], environment: Readonly<Record<string, string>>): boolean =>
  environment["TEST_WHOLE"] === "1" || args.some((arg) => arg.endsWith(wholeEnding));

/** Starts the services, runs the tests against them, and stops them. What keeps them from running counts as a failure. */
async function runWithServices(args: readonly string[], extent: Record<string, string>): Promise<TestCounts> {
  const bundles = await mkdtemp(join(tmpdir(), "vidferry-bundles-"));
  try {
    const bundling = startPrograms(args) ? bundlePrograms(process.cwd(), bundles) : undefined;
    const { running, environment: services } = await startServices();
    try {
      await bundling;
      const environment = { ...services, ...extent, TEST_BUNDLES_DIR: bundles };
      return args.length === 0 ? await runAllTests(environment) : await runTests(args, environment);
    } finally {
      await Promise.allSettled(running.map((service) => service.stop()));
    }
  } catch (error) {
    if (stoppedBy() !== undefined) throw error;
    console.error(error);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
}

async function main(options: readonly string[]): Promise<number> {
  const args = options.filter((option) => option !== wholeOption);
  const extent = args.length < options.length ? { TEST_WHOLE: "1" } : {};
  console.log("\n== tests");
  // The checks run beside the tests, which wait for much; each tells what it has found as soon as it has.
  const checking = args.length === 0 ? checkSources() : Promise.resolve([]);
  const [checked, tested] = await Promise.allSettled([checking, runWithServices(args, extent)]);
  if (checked.status === "rejected") throw checked.reason;
  if (tested.status === "rejected") throw tested.reason;
  const sound = checked.value.filter((isGood) => isGood).length;
  const passed = tested.value.passed + sound;
  const failed = tested.value.failed + checked.value.length - sound;
  const { excused, unexcused } = judgeSkips(tested.value.skipped);
  if (excused.length > 0) console.log(`\nskipped because something is absent here:\n  ${excused.join("\n  ")}`);
  if (unexcused.length > 0)
    console.log(`\nskipped though this machine could have run them:\n  ${unexcused.join("\n  ")}`);
  console.log(`\n${passed} passed, ${failed} failed, ${tested.value.skipped.length} skipped`);
  return failed === 0 && unexcused.length === 0 ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    stopRuns(new Error(`stopped by ${signal}`));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error && stoppedBy() !== undefined ? error.message : error);
  process.exitCode = stoppedBy() === undefined ? 1 : 130;
}
await flushOutput();
process.exit();
