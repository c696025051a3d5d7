import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { absenceOf, eventually, fewUnlessWhole, findTools, type TempDir, tempDir } from "@vidferry/testing";
import { startRole } from "../cli/e2e/fleet/role-process.ts";
import { variables } from "../core/src/config/variables.ts";
import { buildTree, readIgnoreFile } from "./build-tree.ts";
import { finalStage, parseDockerfile, valuesOf } from "./dockerfile.ts";

const root = resolve(import.meta.dir, "..");
const dockerfiles = {
  api: parseDockerfile(readFileSync(join(root, "Dockerfile.api"), "utf8")),
  worker: parseDockerfile(readFileSync(join(root, "Dockerfile.worker"), "utf8")),
};
const roles = ["api", "worker"] as const;

/** This process's environment without what configures the service. */
function bareEnvironment(): Record<string, string> {
  const own = new Set([...Object.keys(variables), "NODE_ENV"]);
  const entries = Object.entries(process.env).filter(([name]) => !own.has(name) && !name.startsWith("VIDFERRY_"));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const runBun = (args: readonly string[], cwd: string, env: Record<string, string>): Promise<string> =>
  run(process.execPath, args, cwd, env);

/** Runs a program where an image would; resolves with what it said. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  const child = Bun.spawn([program, ...args], {
    cwd,
    env,
    stdout: "pipe",
    stderr: "pipe",
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0)
    throw new Error(`${program} ${args.join(" ")} failed:\n${(out + said).slice(-4_000)}`);
  return out;
}

test(".dockerignore is read as Docker reads it", () => {
  const isIgnored = readIgnoreFile("# all\n**\n!core/src\n!bun.lock\n**/*.test.ts\n");
  expect(["bun.lock", "core/src/a/b.ts"].filter(isIgnored)).toEqual([]);
  expect(["README.md", ".env", "core/package.json", "core/src/a/b.test.ts"].filter((path) => !isIgnored(path))).toEqual(
    [],
  );
});

test("the health check of the API asks the server itself, whatever proxy the container is given", async () => {
  const check = valuesOf(finalStage(dockerfiles.api), "HEALTHCHECK")[0] ?? "";
  const command: string[] = JSON.parse(check.slice(check.indexOf("CMD ") + 4));
  let status = 200;
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => new Response(null, { status: new URL(request.url).pathname === "/readyz" ? status : 404 }),
  });
  // As Docker sets them for every container of a machine behind a proxy.
  const proxies = { HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9", no_proxy: "example.org" };
  const env = { ...bareEnvironment(), ...proxies, PORT: String(server.port) };
  const exitCode = () =>
    Bun.spawn(
      command.map((word) => (word === "bun" ? process.execPath : word)),
      { env, stdout: "ignore", stderr: "ignore" },
    ).exited;
  expect(await exitCode()).toBe(0);
  status = 503;
  expect(await exitCode()).not.toBe(0);
});

const hadolint = [join(root, ".tools/hadolint-venv/bin/hadolint")].find(existsSync);

test.skipIf(hadolint === undefined)(
  `hadolint finds nothing in the Dockerfiles${absenceOf("hadolint", hadolint)}`,
  async () => {
    const standIns = await readdir(join(root, "bin/lib/images/bases"));
    const files = standIns.filter((name) => name.endsWith(".Dockerfile")).map((name) => `bin/lib/images/bases/${name}`);
    expect(files.length).toBeGreaterThan(5);
    await run(hadolint ?? "", ["Dockerfile.api", "Dockerfile.worker", ...files], root, bareEnvironment());
  },
);

describe.each(roles)("the %s image", (role) => {
  const dockerfile = dockerfiles[role];
  const image = finalStage(dockerfile);

  test("comes from bases that can be pinned by digest", () => {
    const stages = new Set(dockerfile.stages.map(({ name }) => name));
    for (const { base } of dockerfile.stages) {
      const [, name = ""] = /^\$\{(\w+)\}$/.exec(base) ?? [];
      expect(stages.has(base) || /^[a-z0-9.]+\/\S+:\S+$/.test(dockerfile.args[name] ?? "")).toBe(true);
    }
  });

  test("names no base and no program by its processor", () => {
    const said = [Object.values(dockerfile.args), dockerfile.stages.map((stage) => valuesOf(stage, "COPY"))].join(" ");
    expect(said).not.toMatch(/amd64|x86|x64|arm64|aarch64/);
  });

  test("runs the role as a user without rights, under an init, with a health check", () => {
    expect(image.name).toBe(role);
    expect(valuesOf(image, "USER")).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    expect(image.instructions.findLastIndex(({ keyword }) => keyword === "RUN")).toBeLessThan(
      image.instructions.findIndex(({ keyword }) => keyword === "USER"),
    );
    expect(valuesOf(image, "HEALTHCHECK")).toEqual([expect.stringMatching(/--interval=\d+s.* CMD \[/)]);
    expect(JSON.parse(valuesOf(image, "ENTRYPOINT")[0] ?? "")).toEqual(["tini", "--", "infra/entrypoint"]);
    expect(JSON.parse(valuesOf(image, "CMD")[0] ?? "")).toEqual([role]);
    expect(valuesOf(image, "RUN").join()).toContain("tini");
    expect(valuesOf(image, "STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  test("installs from PyPI by hashes alone, and runs no install script", () => {
    const commands = dockerfile.stages.flatMap((stage) => valuesOf(stage, "RUN")).join("\n");
    for (const [install] of commands.matchAll(/pip install .*/g)) expect(install).toContain("--require-hashes");
    for (const [install] of commands.matchAll(/bun install .*/g))
      expect(install).toMatch(/--frozen-lockfile (--production )?--ignore-scripts/);
    for (const [install] of commands.matchAll(/apt-get install .*/g))
      expect(install).toContain("--no-install-recommends");
  });

  test("has no secret in its layers", () => {
    const layers = dockerfile.stages.flatMap((stage) => [...valuesOf(stage, "ENV"), ...valuesOf(stage, "ARG")]);
    expect(layers.filter((value) => /(secret|password|token|_key)\w*\s*=/i.test(value))).toEqual([]);
  });
});

test("the API's image has nothing of yt-dlp, FFmpeg and Deno", () => {
  // A package of that name comes with the core; it starts programs, and has none.
  const all = JSON.stringify([dockerfiles.api.args, dockerfiles.api.stages]).replaceAll("fluent-ffmpeg", "");
  expect(all).not.toMatch(/yt-?dlp|ffmpeg|deno|python|\bpip\b/i);
});

test("the worker's image has yt-dlp, FFmpeg and Deno where it says that they are", () => {
  const image = finalStage(dockerfiles.worker);
  const env = valuesOf(image, "ENV").join(" ");
  const copies = valuesOf(image, "COPY").filter((value) => value.startsWith("--from="));
  expect(copies).toContain("--from=yt-dlp /opt/yt-dlp /opt/yt-dlp");
  expect(env).toContain("VIDFERRY_YTDLP=/opt/yt-dlp/bin/yt-dlp");
  expect(copies).toContain("--from=deno /deno /usr/local/bin/deno");
  expect(env).toContain("VIDFERRY_JS_RUNTIME=deno:/usr/local/bin/deno");
  expect(valuesOf(image, "RUN")[0]).toMatch(/apt-get install .*\bffmpeg\b.*\bpython3\b/);
});

// The files that an image gets, put together here without Docker: exactly what it copies and what its lockfile installs.
describe.each(fewUnlessWhole(roles, (role) => role === "worker"))("what is in the %s image", (role) => {
  let dir: TempDir;
  let app: string;
  let env: Record<string, string>;
  const entrypoint = (): string => join(app, "infra/entrypoint");
  beforeAll(async () => {
    dir = await tempDir("vidferry-image");
    app = join(dir.path, "app");
    await mkdir(app);
    // The image has Bun by its name.
    await mkdir(join(dir.path, "bin"));
    await symlink(process.execPath, join(dir.path, "bin/bun"));
    const path = `${join(dir.path, "bin")}:${process.env["PATH"]}`;
    await buildTree(root, dockerfiles[role], app, async (command, folder) => {
      await run("/bin/sh", ["-c", command], folder, { ...bareEnvironment(), PATH: path });
    });
    const data = join(dir.path, "data");
    await mkdir(data);
    const tools = findTools();
    env = {
      ...bareEnvironment(),
      PATH: path,
      NODE_ENV: "production",
      PORT: "0",
      DATABASE_URL: `sqlite:${join(data, "jobs.db")}`,
      STORAGE_URL: `file:${join(data, "files")}`,
      WORK_DIR: join(data, "work"),
      ...(role === "api"
        ? {}
        : {
            VIDFERRY_YTDLP: tools.ytDlp,
            VIDFERRY_FFMPEG: tools.ffmpeg,
            VIDFERRY_FFPROBE: tools.ffprobe,
            VIDFERRY_JS_RUNTIME: tools.jsRuntime,
          }),
    };
  }, 180_000);
  afterAll(() => dir[Symbol.asyncDispose]());

  test("is the sources that run, without tests, and packages for production alone", async () => {
    const files = [...new Bun.Glob("*/src/**/*").scanSync({ cwd: app, dot: true })];
    expect(files).toContain("cli/src/main.ts");
    expect(files).toContain(`${role}/src/main.ts`);
    expect(files.filter((file) => file.endsWith(".test.ts"))).toEqual([]);
    expect(await readdir(app)).not.toContain(".env");
    const installed = await readdir(join(app, "node_modules/.bun"));
    expect(installed.some((name) => name.startsWith("pino@"))).toBe(true);
    expect(installed.filter((name) => /^(typescript|@biomejs|drizzle-kit|fast-check)\b/.test(name))).toEqual([]);
  });

  test("has nothing that only editors and debuggers read, and every licence", () => {
    const files = [...new Bun.Glob("node_modules/.bun/**/*").scanSync({ cwd: app, dot: true })];
    expect(files.filter((file) => /\.map$|\.d\.[cm]?ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\/licen[cs]e(\.\w+)?$/i.test(file)).length).toBeGreaterThan(20);
  });

  test("has no package of one processor alone, so that it is the same for amd64 and arm64", () => {
    const files = [...new Bun.Glob("node_modules/.bun/**/*.{node,so,dylib,exe}").scanSync({ cwd: app, dot: true })];
    expect(files).toEqual([]);
  });

  test.each(["cli", role])("is all that the program of %s imports", async (name) => {
    // A bundler follows each import, also those of commands that are loaded when they are called.
    const outdir = join(dir.path, "bundle", name);
    await runBun(["build", `${name}/src/main.ts`, "--target=bun", `--outdir=${outdir}`], app, env);
  });

  test("is enough for the command line and for a migration", async () => {
    expect(await run(entrypoint(), ["help"], app, env)).toContain("vidferry");
    await run(entrypoint(), ["migrate"], app, env);
    expect(existsSync(join(dir.path, "data/jobs.db"))).toBe(true);
  });

  test("says in words that Bun does not start on this machine", async () => {
    const bin = join(dir.path, "broken");
    await mkdir(bin);
    // What a processor does that lacks an instruction.
    await writeFile(join(bin, "bun"), "#!/bin/sh\nkill -ILL $$\n", { mode: 0o755 });
    const said = run(entrypoint(), ["help"], app, { ...env, PATH: `${bin}:${process.env["PATH"]}` });
    await expect(said).rejects.toThrow(/Bun does not start here.*AVX2/s);
  });

  test("is enough for the role, which is a program of its own", async () => {
    await using running = await startRole(role, { env, cwd: app, command: [entrypoint()] });
    if (role === "api") {
      for (const path of ["livez", "readyz", "docs"]) expect((await fetch(`${running.url}/${path}`)).status).toBe(200);
    } else {
      // What the image's health check looks at.
      await eventually(() => existsSync(join(dir.path, "data/work/.alive")), { message: "the worker's sign of life" });
    }
    expect(await running.end("SIGTERM")).toBe(0);
  });
});
