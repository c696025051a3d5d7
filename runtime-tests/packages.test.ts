import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, symlink } from "node:fs/promises";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import {
  absenceOf,
  fewUnlessWhole,
  findBrowser,
  findRuntime,
  findTools,
  freePort,
  onlyWhole,
  startYouTubeDouble,
  type TempDir,
  tempDir,
} from "@vidferry/testing";
import { build, stop as stopEsbuild } from "esbuild";
import { type RunningServer, startServer } from "../api/src/index.ts";
import { aborted } from "../api/src/testing/fake-service.ts";
import { createHarness } from "../api/src/testing/harness.ts";
import { idOf, makeArtifact, makeJob } from "../api/src/testing/samples.ts";
import { mayMount } from "../cli/e2e/small-disk.ts";
import { type LoggedEvent, noProgress, toJobResource } from "../core/src/index.ts";
import { saidInPage } from "./in-page.ts";
import { linkPackages, packagesBehind, readManifest } from "./install.ts";
import { saveThroughKills } from "./killed-save.ts";
import { startOddAnswers } from "./odd-answers.ts";
import { programIn, withOptions } from "./readme.ts";
import { allEvents, throughKills } from "./through-kills.ts";

const root = resolve(import.meta.dir, "..");
/** In the order of building: the declarations of one are made from those of the ones before it. */
const everyPackage = ["core", "sdk", "testing", "api", "worker"] as const;
type Package = (typeof everyPackage)[number];
/** In short without those that the core and the client need not, to run as they are tried here. */
const packages = fewUnlessWhole(everyPackage, (name) => name !== "api" && name !== "worker");
/** Those with declarations, which cost more than all else here. In short the types of the sources are checked in place of the others'. */
const typed = fewUnlessWhole(everyPackage, (name) => name === "sdk");

const compiler = join(root, "node_modules/typescript-7/bin/tsc");
/** The compiler's step in the script that builds a package. */
const compile = "../node_modules/typescript-7/bin/tsc -p tsconfig.build.json";

/** A program that runs the smokes, and what it needs before the script's name. */
interface Runtime {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const chromium = findBrowser();
const deno = findRuntime("deno");
const node = findRuntime("node");
const runtimes: Runtime[] = [
  { name: "Bun", program: process.execPath, args: ["run", "--no-install"] },
  ...(deno === undefined
    ? []
    : [
        { name: "Deno", program: deno, args: ["run", "-A", "--no-lock", "--cached-only", "--node-modules-dir=manual"] },
      ]),
  ...(node === undefined ? [] : [{ name: "Node", program: node, args: ["--no-warnings"] }]),
];
const newerNode = findRuntime("node", 24);
/** What an embedder may have: both of Node's versions that last. */
const embedders: Runtime[] = [
  ...runtimes,
  ...(newerNode === undefined ? [] : [{ name: "Node 24", program: newerNode, args: ["--no-warnings"] }]),
];
/**
 * In short the core and the client run on one runtime each, where they are likeliest to fail: what somebody who embeds them needs
 * first. On Bun all else is tried.
 */
const on = (runtimes: readonly Runtime[], ...names: readonly string[]): readonly Runtime[] =>
  fewUnlessWhole(runtimes, ({ name }) => names.includes(name));
const nodes = embedders.filter(({ name }) => name.startsWith("Node"));
const absent = [
  ...(deno === undefined ? ["Deno 2 or newer"] : []),
  ...(node === undefined ? ["Node 22 or newer"] : []),
  ...(newerNode === undefined ? ["Node 24"] : []),
];

let home: TempDir;
/** The core as somebody installs it who adds no driver. */
let bare: TempDir;
let server: RunningServer;

const environment = () => ({
  PATH: `${join(home.path, "bin")}${delimiter}${process.env["PATH"]}`,
  DENO_DIR: join(home.path, "deno"),
  DENO_NO_UPDATE_CHECK: "1",
});

async function run(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...process.env, ...environment(), ...env },
    stdout: "pipe",
    stderr: "pipe",
    timeout: 280_000,
    killSignal: "SIGKILL",
  });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed:\n${(said + out).slice(-4_000)}`);
  return out;
}

/** How to run a program that a development dependency brings. */
function tool(name: string): string[] {
  return [process.execPath, "run", "--no-install", join(root, "node_modules/.bin", name)];
}

async function pack(name: Package): Promise<void> {
  const tarball = join(home.path, `${name}.tgz`);
  const isTyped = typed.includes(name);
  if (!isTyped) await buildUntyped(name);
  const scripts = isTyped ? [] : ["--ignore-scripts"];
  await run([process.execPath, "pm", "pack", "--quiet", ...scripts, "--filename", tarball], join(root, name));
}

/**
 * Builds a package by the steps of its script, save that the compiler looks at no types: it then makes the same JavaScript, without
 * declarations, in a tenth of the time.
 */
async function buildUntyped(name: Package): Promise<void> {
  const folder = join(root, name);
  const config = join(home.path, `tsconfig.${name}.json`);
  const untyped = { noCheck: true, noResolve: true, types: [], declaration: false, declarationMap: false };
  await Bun.write(config, JSON.stringify({ extends: join(folder, "tsconfig.build.json"), compilerOptions: untyped }));
  const steps = (await readManifest(folder)).scripts?.["build"]?.split(" && ") ?? [];
  expect(steps).toContain(compile);
  for (const step of steps)
    await run(step === compile ? [process.execPath, compiler, "-p", config] : ["sh", "-c", step], folder);
}

/** Installs a package as a registry would hand it out: what was packed, and the dependencies that it declares, nothing else. */
async function install(name: Package, folder: string): Promise<void> {
  const target = join(folder, "node_modules/@vidferry", name);
  const tarball = join(home.path, `${name}.tgz`);
  await mkdir(target, { recursive: true });
  await run(["tar", "-xzf", tarball, "-C", target, "--strip-components=1"], home.path);
  // What is packed here too is found beside it.
  const foreign = Object.keys((await readManifest(target)).dependencies ?? {}).filter(
    (dependency) => !everyPackage.some((own) => dependency === `@vidferry/${own}`),
  );
  await linkPackages(foreign, join(root, name), target);
}

function startService(): Promise<RunningServer> {
  const { app, service, logger } = createHarness();
  const content = new Uint8Array(1_000);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const artifact = makeArtifact(1, content.length, { sha256 });
  const running = makeJob(7, { state: "running" });
  const ended = makeJob(7, { state: "succeeded" });
  const done = makeJob(8, { state: "succeeded", artifacts: [artifact] });
  const failed = makeJob(9, {
    state: "failed",
    error: { code: "video_private", detail: "Private.", hint: "", retryable: false },
  });
  service.files.set(artifact.id, content);
  for (const job of [running, done, failed]) service.jobs.set(job.id, job);
  const progress = (percent: number): LoggedEvent => ({
    id: `${percent}-0`,
    type: "progress",
    data: { jobId: running.id, attempt: 1, stage: "downloading", progress: { ...noProgress, percent } },
  });
  const all: LoggedEvent[] = [
    { id: "1-0", type: "job", data: toJobResource(running) },
    progress(2),
    progress(3),
    { id: "4-0", type: "job", data: toJobResource(ended) },
  ];
  service.onFollow = async function* (id, signal, lastEventId) {
    const job = service.jobs.get(id);
    if (id !== running.id && job !== undefined) {
      yield { id: "1-0", type: "job", data: toJobResource(job) };
      if (job.state === "queued") await aborted(signal);
      return;
    }
    // Two events a connection, so that the client has to resume.
    yield* all.slice(Number.parseInt(lastEventId ?? "0", 10)).slice(0, 2);
  };
  return startServer({ app, host: "127.0.0.1", port: 0, logger });
}

describe("the packages as they are published", () => {
  beforeAll(async () => {
    home = await tempDir("vidferry-packages");
    // Scripts of packages call Bun by its name, which the program that runs this may not have.
    await mkdir(join(home.path, "bin"));
    await symlink(process.execPath, join(home.path, "bin/bun"));
    bare = await tempDir("vidferry-bare");
    for (const name of packages) {
      await pack(name);
      await install(name, home.path);
    }
    await install("core", bare.path);
    const { peerDependencies = {} } = await readManifest(join(root, "core"));
    await linkPackages(Object.keys(peerDependencies), join(root, "core"), home.path);
    await cp(join(root, "examples/own-blob-store"), join(home.path, "own-blob-store"), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    await linkPackages(["hono"], join(root, "api"), home.path);
    await linkPackages(["expect", "vitest"], join(root, "examples/own-blob-store"), home.path);
    for (const folder of [home.path, bare.path]) {
      await cp(join(import.meta.dir, "smoke"), folder, { recursive: true });
      await Bun.write(join(folder, "package.json"), '{ "type": "module" }\n');
    }
    server = await startService();
  }, 300_000);

  afterAll(async () => {
    await server?.stop({ graceMs: 0 });
    await home?.[Symbol.asyncDispose]();
    await bare?.[Symbol.asyncDispose]();
  }, 180_000);

  test.each(on(runtimes, "Node"))(
    "the core runs a job on $name",
    async ({ program, args }) => {
      const job = {
        last: "succeeded",
        state: "succeeded",
        bytes: true,
        text: expect.stringContaining("video of https://"),
      };
      const said = JSON.parse(await run([program, ...args, "core.mjs"], home.path)) as unknown;
      expect(said).toEqual({ sqlite: job, memory: job, refused: "host_not_allowed", probed: "A title" });
    },
    180_000,
  );

  test.each(on(embedders))(
    "the program of the core's README downloads a video on $name",
    async ({ program, args }) => {
      const { ytDlp, ffmpeg, ffprobe, jsRuntime } = findTools();
      await using dir = await tempDir("vidferry-readme");
      const video = { id: "dQw4w9WgXcQ", title: "A video", itags: [18, 134, 140] };
      await using youtube = await startYouTubeDouble({ catalogue: { videos: [video] } });
      // Where the programs are found is for PATH to say.
      await mkdir(join(dir.path, "bin"));
      const programs = { "yt-dlp": ytDlp, ffmpeg, ffprobe, deno: jsRuntime.slice("deno:".length) };
      for (const [name, path] of Object.entries(programs))
        await symlink(path.includes("/") ? path : (Bun.which(path) ?? path), join(dir.path, "bin", name));
      const source = await programIn(join(root, "core/README.md"));
      const readme = withOptions(source, { proxyUrl: youtube.proxyUrl, caFile: youtube.caFile });
      // Beside the packages, and with results of its own.
      const folder = await mkdtemp(join(home.path, "readme-"));
      await Bun.write(join(folder, "main.mjs"), readme);
      const said = await run([program, ...args, "main.mjs"], folder, {
        PATH: `${join(dir.path, "bin")}${delimiter}${process.env["PATH"]}`,
      });
      expect(said).toBe("A video.mp4\n");
      expect(Bun.file(join(folder, said.trim())).size).toBeGreaterThan(10_000);
    },
    180_000,
  );

  test.each(on(embedders))(
    "the API answers under a path of another app on $name",
    async ({ program, args }) => {
      const said = JSON.parse(await run([program, ...args, "api.mjs"], home.path)) as unknown;
      const answers = { status: 202, isUnder: true, state: "queued", servers: [{ url: "/media" }] };
      expect(said).toEqual({ ...answers, worker: "function" });
    },
    180_000,
  );

  onlyWhole(test)(
    "a program with a database can be bundled into one file, and makes the database everywhere",
    async () => {
      await using dir = await tempDir("vidferry-bundle");
      const bundle = join(dir.path, "bundle.mjs");
      await build({
        ...{ entryPoints: [join(home.path, "bundled.mjs")], outfile: bundle },
        ...{ bundle: true, minify: true, platform: "node", format: "esm" },
      });
      await stopEsbuild();
      for (const { name, program, args } of embedders) {
        const permitted = args.filter((arg) => !arg.startsWith("--node-modules-dir"));
        const said = await run([program, ...permitted, bundle, join(dir.path, `${name}.db`)], dir.path);
        expect([name, JSON.parse(said)]).toMatchObject([name, { jobs: { queued: 0 } }]);
      }
    },
    180_000,
  );

  test.each(on(nodes))(
    "a blob store of one's own is held to its port by Node's runner on $name",
    async ({ program }) => {
      const folder = join(home.path, "own-blob-store");
      const ofNode = await run([program, "--test", "--test-reporter=tap", "map-blobs.node.ts"], folder);
      expect(ofNode).toMatch(/^# pass (?:[3-9]\d)$/m);
      expect(ofNode).toContain("# fail 0");
    },
    180_000,
  );

  test.each(on(nodes))(
    "a blob store of one's own is held to its port by Vitest on $name",
    async ({ program }) => {
      const folder = join(home.path, "own-blob-store");
      const vitest = join(home.path, "node_modules/vitest/vitest.mjs");
      expect(await run([program, vitest, "run"], folder, { NO_COLOR: "1" })).toMatch(/Tests\s+(?:[3-9]\d) passed \(/);
    },
    180_000,
  );

  test.each(on(runtimes, "Deno"))(
    "the client makes a round trip on $name",
    async ({ program, args }) => {
      const said = JSON.parse(
        await run([program, ...args, "sdk.mjs", server.url, idOf("job", 7), idOf("job", 8)], home.path),
      ) as unknown;
      expect(said).toEqual({
        listed: expect.any(Number),
        events: ["1-0", "2-0", "3-0", "4-0"],
        state: "succeeded",
        bytes: 1_000,
        missing: "not_found",
        canceled: "JobFailedError",
        aborted: "AbortError",
        failed: "video_private",
      });
    },
    180_000,
  );

  test.each(on(runtimes, "Node"))(
    "the client names what answered in the place of the service on $name",
    async ({ program, args }) => {
      await using odd = await startOddAnswers();
      const closed = `http://127.0.0.1:${await freePort()}`;
      const command = [program, ...args, "sdk-odd-answers.mjs", odd.url, odd.secureUrl, closed];
      const said = JSON.parse(await run(command, home.path)) as Record<string, unknown>;
      const unexpected = (status: number, text: string) => [
        "UnexpectedAnswerError",
        status,
        expect.stringContaining(text),
      ];
      expect(said).toEqual({
        html: unexpected(200, "login or error page"),
        empty: unexpected(200, "the body is empty"),
        other: unexpected(200, 'it has no "id"'),
        list: unexpected(200, "not what Vidferry says"),
        gone: ["ApiError", 404, expect.stringContaining("without a word of Vidferry")],
        moved: unexpected(301, `it redirects to ${odd.url}/other/api/v1/downloads. `),
        removed: unexpected(200, "the service sends nothing here"),
        events: unexpected(200, "no event stream"),
        file: unexpected(200, "a page and no file"),
        refused: ["ConnectionError", "refused", expect.stringContaining("nothing listens there")],
        host: ["ConnectionError", "unknown_host", expect.stringContaining("not known")],
        certificate: ["ConnectionError", "certificate", expect.stringContaining("not trusted")],
        id: unexpected(200, "login or error page"),
      });
    },
    180_000,
  );

  test.each(on(runtimes))(
    "the client brings each event once although the service is killed again and again on $name",
    async ({ program, args }) => {
      const events = await throughKills((url) =>
        run([program, ...args, "sdk-killed.mjs", url, idOf("job", 7)], home.path),
      );
      expect(JSON.parse(events)).toEqual(allEvents);
    },
    180_000,
  );

  onlyWhole(test.skipIf(chromium === undefined))(
    `the client does so in a page of plain HTTP too, where six waits leave room for calls${absenceOf("Chromium", chromium)}`,
    async () => {
      const id = idOf("job", 7);
      const said = await throughKills((url) => saidInPage(chromium ?? "", home.path, url, id));
      const told = { isSecure: false, got: id, made: "queued", waits: 6, isDone: true };
      expect(said).toEqual({ ...told, events: allEvents });
    },
    180_000,
  );

  test.each(on(runtimes, "Node"))(
    "the client saves a file although it and the service are killed in the middle on $name",
    async ({ program, args }) => {
      const saved = await saveThroughKills([program, ...args, "sdk-save.mjs"], home.path, environment());
      const { left, asked, path } = saved;
      expect(saved).toMatchObject({ whole: true, names: ["A clip.mp4", "aborted", "full"] });
      expect(asked.slice(0, 2)).toEqual([0, left]);
      expect(asked[2]).toBeGreaterThan(left);
      expect(saved.said).toEqual({
        ...{ paths: [path], first: left, last: 3_000_000, streamed: 3_000_000 },
        // Where no small disk can be made, that of the test has room.
        ...{ full: mayMount ? ["SaveError", "disk_full"] : expect.anything(), aborted: "enough" },
      });
    },
    180_000,
  );

  test.each(on(runtimes))(
    "the client leaves no timer and no connection behind that keeps a program from ending, wherever it is stopped, on $name",
    async ({ program, args }) => {
      await using dir = await tempDir("vidferry-leaves");
      const given = [server.url, idOf("job", 8), `${dir.path}/`];
      const told = JSON.parse(await run([program, ...args, "sdk-leaves.mjs", ...given], home.path)) as {
        said: Record<string, readonly string[]>;
      };
      const calls = ["events", "all", "wait", "waits", "save", "stream", "retries", "reconnects", "polls"];
      const enough = ["enough", "enough", "enough", "enough"];
      const said = { ...Object.fromEntries(calls.map((name) => [name, enough])), late: "TimeoutError" };
      expect(told as unknown).toEqual({ said, counted: true, left: [] });
    },
    180_000,
  );

  test("the core installs without the drivers of servers, and few packages", async () => {
    const { peerDependencies = {} } = await readManifest(join(root, "core"));
    const installed = [...(await packagesBehind(join(bare.path, "node_modules/@vidferry/core")))];
    const names = installed.map((id) => id.slice(0, id.lastIndexOf("@")));
    expect(Object.keys(peerDependencies).filter((name) => names.includes(name))).toEqual([]);
    expect(names).toContain("zod");
    expect(installed.length).toBeLessThanOrEqual(15);
  });

  test.each(on(runtimes, "Deno"))(
    "a setting whose driver is not installed names what to add on $name",
    async ({ program, args }) => {
      const said = JSON.parse(await run([program, ...args, "bare-core.mjs"], bare.path)) as unknown;
      expect(said).toEqual([
        expect.stringMatching(/^ConfigError: .*DATABASE_URL: .*npm install postgres$/s),
        expect.stringMatching(/^ConfigError: .*REDIS_URL: .*npm install ioredis$/s),
        expect.stringMatching(/^ConfigError: .*QUEUE_URL: .*npm install @aws-sdk\/client-sqs$/s),
        expect.stringMatching(/^ConfigError: .*STORAGE_URL: .*npm install @aws-sdk\/client-s3 /s),
        expect.stringMatching(/^not_configured: `proxyUrl`: its driver is not installed; .*npm install socks$/s),
      ]);
    },
    180_000,
  );

  test.skipIf(node === undefined)(
    `an import loads no more than it needs${absenceOf("Node 22 or newer", node)}`,
    async () => {
      const loadedBy = async (specifier: string): Promise<string[]> => {
        const said = JSON.parse(
          await run([node ?? "", "--no-warnings", "loaded.mjs", specifier], home.path),
        ) as string[];
        const names = said.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url);
        return [...new Set(names)].toSorted();
      };
      expect(await loadedBy("@vidferry/core/model")).toEqual(["@vidferry/core", "zod"]);
      const { peerDependencies = {} } = await readManifest(join(root, "core"));
      const drivers = [...Object.keys(peerDependencies), "drizzle-orm", "bun:sqlite", "node:sqlite"];
      const loaded = await loadedBy("@vidferry/core");
      expect(loaded).toContain("zod");
      expect(drivers.filter((name) => loaded.includes(name))).toEqual([]);
    },
    180_000,
  );

  test.skipIf(absent.length > 0)(
    `runs on every runtime that it names${absenceOf(absent.join(", "), absent.length === 0)}`,
    () => {
      expect(embedders.map(({ name }) => name)).toEqual(["Bun", "Deno", "Node", "Node 24"]);
    },
  );

  test("hold what their exports name, and no tests", async () => {
    for (const name of packages) {
      const folder = join(home.path, "node_modules/@vidferry", name);
      const paths = await readdir(folder, { recursive: true });
      const files = new Set(paths.filter((path) => !path.startsWith("node_modules")).map((path) => `./${path}`));
      const { exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
        exports: Record<string, string | Record<string, string>>;
      };
      const named = Object.values(exports).flatMap((target) =>
        typeof target === "string" ? [target] : Object.values(target),
      );
      const built = named.filter((path) => typed.includes(name) || !path.endsWith(".d.ts"));
      expect(built.filter((path) => !files.has(path))).toEqual([]);
      // What the sources load besides modules has to be built as well.
      const loaded = [...files].filter((path) => /^\.\/src\/.*[^/]\.(?!ts$)\w+$/.test(path));
      expect(loaded.filter((path) => !files.has(path.replace("./src/", "./dist/")))).toEqual([]);
      expect([...files].filter((path) => /\.test\./.test(path))).toEqual([]);
    }
  });

  test("lead a debugger from what was built to the sources that come with it", async () => {
    for (const name of packages) {
      const folder = join(home.path, "node_modules/@vidferry", name);
      const files = new Set((await readdir(join(folder, "src"), { recursive: true })).map((path) => `src/${path}`));
      const built = (await readdir(join(folder, "dist"), { recursive: true })).filter((path) => path.endsWith(".js"));
      expect(built.length).toBeGreaterThan(0);
      for (const path of built) {
        const file = join(folder, "dist", path);
        const { sources } = JSON.parse(await readFile(`${file}.map`, "utf8")) as { sources: readonly string[] };
        const led = sources.map((source) => relative(folder, resolve(dirname(file), source)));
        expect([path, led.filter((source) => !files.has(source))]).toEqual([path, []]);
      }
    }
  });

  test.each(["core", "sdk"] as const)(
    "%s says on the registry what it is, with links that lead somewhere from there too",
    async (name) => {
      const manifest = JSON.parse(await readFile(join(root, name, "package.json"), "utf8")) as Record<string, unknown>;
      expect(manifest).toMatchObject({
        description: expect.stringMatching(/\.$/),
        license: "MIT",
        repository: { type: "git", directory: name },
      });
      const readme = await readFile(join(home.path, "node_modules/@vidferry", name, "README.md"), "utf8");
      const links = [...readme.matchAll(/\]\(([^)#]+)/g)].map(([, link]) => link ?? "");
      expect(links.filter((link) => !link.startsWith("https://"))).toEqual([]);
    },
  );

  // What publint and attw print says what is wrong, and how to mend it in package.json.
  test.each(typed)("%s has a manifest in which publint finds nothing", async (name) => {
    await run([...tool("publint"), "run", join(home.path, `${name}.tgz`), "--strict"], home.path);
  });

  onlyWhole(test.each(everyPackage))(
    "%s has types that attw finds from every import of a module",
    async (name) => {
      await run(
        [...tool("attw"), join(home.path, `${name}.tgz`), "--profile", "esm-only", "--format", "ascii"],
        home.path,
      );
    },
    180_000,
  );

  const strict: Partial<Record<Package, readonly string[]>> = {
    core: [
      'import { createVidferry, type JobResource } from "@vidferry/core";',
      'import { sqliteStore } from "@vidferry/core/sqlite";',
      'export const one = (url: string): Promise<JobResource> => createVidferry({ database: sqliteStore({ path: "jobs.db" }) }).download({ url });',
      "// @ts-expect-error a link is needed",
      "export const two = () => createVidferry({}).download({});",
    ],
    sdk: [
      'import { type DownloadJob, Vidferry } from "@vidferry/sdk";',
      "export const one = (baseUrl: string, apiKey: string | undefined, url: string): Promise<DownloadJob> => new Vidferry({ baseUrl, apiKey }).downloads.create({ url });",
      "// @ts-expect-error a link is needed",
      'export const two = () => new Vidferry({ baseUrl: "" }).downloads.create({});',
    ],
  };
  test.each(typed.filter((name) => name in strict))(
    "%s is typed for a program that is stricter than it needs",
    async (name) => {
      await Bun.write(join(home.path, "consumer.ts"), `${strict[name]?.join("\n")}\n`);
      const compilerOptions = {
        noEmit: true,
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        target: "es2023",
        module: "nodenext",
        lib: ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
        types: [],
      };
      await Bun.write(join(home.path, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
      await run([process.execPath, compiler], home.path);
    },
    180_000,
  );

  onlyWhole(test.each(["5.0"]))(
    "the client is typed for TypeScript %s, with the libraries' own types looked at",
    async (version) => {
      const source = [
        'import { type DownloadJob, verifyWebhook, Vidferry } from "@vidferry/sdk";',
        "export const one = (url: string): Promise<DownloadJob> => new Vidferry({ baseUrl: url }).downloads.create({ url });",
        'export const two = (job: DownloadJob): string => (job.state === "failed" ? job.error.code : job.state);',
        'export const three = async (client: Vidferry): Promise<string | null> => (await client.downloads.get("x").withResponse()).requestId;',
        'export const four = async (client: Vidferry): Promise<string | undefined> => (await client.raw.GET("/health")).data?.version;',
        "// @ts-expect-error an operation that is not there",
        'export const five = (client: Vidferry) => client.raw.GET("/api/v1/nothing");',
        "export { verifyWebhook };",
        "",
      ].join("\n");
      await Bun.write(join(home.path, "older-consumer.ts"), source);
      const compilerOptions = {
        ...{ noEmit: true, strict: true, exactOptionalPropertyTypes: true },
        ...{ target: "es2022", module: "nodenext", lib: ["es2022", "dom", "dom.iterable"], types: [] },
      };
      const config = join(home.path, "tsconfig.older.json");
      await Bun.write(config, JSON.stringify({ compilerOptions, files: ["older-consumer.ts"] }));
      await run([process.execPath, join(root, `node_modules/typescript-${version}/bin/tsc`), "-p", config], home.path);
    },
    180_000,
  );
});
