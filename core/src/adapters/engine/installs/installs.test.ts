import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, findTools, onlyWhole, type TempDir, tempDir } from "@vidferry/testing";
import { engineInstalls } from "./installs.ts";

// An index of our own, with packages that are small and say their version as yt-dlp does.
let server: Server;
let url: string;
let wheels: TempDir;
let dir: TempDir;
/** Answers of wheels wait for it. */
let held: Promise<void> = Promise.resolve();
let asked: string[] = [];
let spoilt = false;

async function makeWheel(name: string, version: string, module: string, metadata = ""): Promise<void> {
  const folder = join(wheels.path, `${name}-${version}.d`);
  await mkdir(join(folder, name), { recursive: true });
  await mkdir(join(folder, `${name}-${version}.dist-info`), { recursive: true });
  await writeFile(join(folder, name, "__init__.py"), module);
  await writeFile(join(folder, `${name}-${version}.dist-info/METADATA`), `Name: ${name}\n${metadata}`);
  const file = join(wheels.path, `${name}-${version}-py3-none-any.whl`);
  const made = spawnSync("python3", ["-m", "zipfile", "-c", file, name, `${name}-${version}.dist-info`], {
    cwd: folder,
  });
  if (made.status !== 0) throw new Error(String(made.stderr));
}
const saying = (version: string) => `def main():\n    import yt_dlp_ejs\n    print("${version}")\n`;

beforeAll(async () => {
  wheels = await tempDir("vidferry-wheels");
  const solver = "Requires-Dist: yt-dlp-ejs==0.8.0; extra == 'default'\n";
  await makeWheel("yt_dlp", "2026.7.4", saying("2026.07.04"), solver);
  await makeWheel("yt_dlp", "2026.11.20", saying("2026.11.20"), solver);
  await makeWheel("yt_dlp", "2026.11.21", "raise SystemExit(1)\n");
  await makeWheel("yt_dlp_ejs", "0.8.0", "");
  server = createServer(async (request, response) => {
    asked.push(request.url ?? "");
    const project = /^\/simple\/([\w-]+)\/$/.exec(request.url ?? "")?.[1];
    const names = await readdir(wheels.path);
    if (project !== undefined) {
      const own = names.filter((name) => name.startsWith(`${project.replaceAll("-", "_")}-`) && name.endsWith(".whl"));
      const files = await Promise.all(
        own.map(async (filename) => {
          const sha256 = createHash("sha256")
            .update(await readFile(join(wheels.path, filename)))
            .digest("hex");
          return { filename, url: `../../files/${filename}`, hashes: { sha256 }, yanked: false };
        }),
      );
      response.end(JSON.stringify({ meta: { "api-version": "1.0" }, name: project, files }));
      return;
    }
    const name = /^\/files\/(.+)$/.exec(request.url ?? "")?.[1] ?? "";
    if (!names.includes(name)) return void response.writeHead(404).end();
    await held;
    const bytes = await readFile(join(wheels.path, name));
    response.end(spoilt ? bytes.subarray(1) : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await wheels[Symbol.asyncDispose]();
});
beforeEach(async () => {
  dir = await tempDir("vidferry-engines");
  asked = [];
  spoilt = false;
  held = Promise.resolve();
});
afterEach(() => dir[Symbol.asyncDispose]());

const { signal } = new AbortController();
const options = () => ({
  directory: join(dir.path, "engines"),
  index: url,
  configured: findTools().ytDlp,
  path: process.env["PATH"] ?? "",
});
const caught = (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error);
const inside = () => readdir(join(dir.path, "engines")).catch(() => []);

describe("versions of yt-dlp", () => {
  test("lie side by side, each with the solver that it was made for, and run", async () => {
    const installs = engineInstalls(options());
    expect(await installs.list()).toEqual([]);
    expect(await installs.available(signal)).toEqual(["2026.11.21", "2026.11.20", "2026.07.04"]);
    const old = await installs.install("2026.7.4", signal);
    const newer = await installs.install("2026.11.20", signal);
    expect((await installs.list()).map(({ version }) => version)).toEqual(["2026.11.20", "2026.07.04"]);
    for (const { program, version } of [old, newer])
      expect(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout.trim()).toBe(version);
    expect(await installs.find("2026.07.04")).toEqual(old);
  });

  test("that are here are not fetched again", async () => {
    const installs = engineInstalls(options());
    await installs.install("2026.11.20", signal);
    const before = asked.length;
    expect(await installs.install("2026.11.20", signal)).toEqual(
      expect.objectContaining({ version: "2026.11.20" }) as never,
    );
    expect(asked.length).toBe(before);
  });

  onlyWhole(test)("may be installed by several processes at once", async () => {
    const all = await Promise.all(
      Array.from({ length: 3 }, () => engineInstalls(options()).install("2026.11.20", signal)),
    );
    expect(new Set(all.map(({ program }) => program)).size).toBe(1);
    expect(await inside()).toEqual(["2026.11.20"]);
  });
});

test("a version goes once nobody has used it for long, and never one in use", async () => {
  const installs = engineInstalls(options());
  expect(await installs.removeUnused(["2026.11.20"], 1)).toEqual([]);
  const { program } = await installs.install("2026.11.20", signal);
  const old = await installs.install("2026.7.4", signal);
  const dayMs = 86_400_000;
  expect(await installs.removeUnused([], dayMs)).toEqual([]);
  const longAgo = new Date(Date.now() - 2 * dayMs);
  for (const one of [program, old.program]) await utimes(dirname(one), longAgo, longAgo);
  expect(await installs.removeUnused(["2026.11.20"], dayMs)).toEqual(["2026.07.04"]);
  expect(await inside()).toEqual(["2026.11.20"]);
  expect(await installs.removeUnused([], dayMs)).toEqual([]);
});

describe("an install that fails leaves nothing", () => {
  test.each([
    ["2026.11.22", "not_found", "its newest is 2026.11.21"],
    ["../../etc", "not_found", "is no version of yt-dlp"],
    ["2026.11.21", "tool_missing", "does not run here"],
  ])("of %s: %s", async (version, code, message) => {
    const error = await caught(engineInstalls(options()).install(version, signal));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(await inside()).toEqual([]);
  });

  test("when the file is not the one that the index names", async () => {
    spoilt = true;
    const error = await caught(engineInstalls(options()).install("2026.11.20", signal));
    expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("SHA-256") });
    expect(await inside()).toEqual([]);
  });

  test("when there is no index", async () => {
    const nowhere = { ...options(), index: `${url}nothing/` };
    expect(await caught(engineInstalls(nowhere).install("2026.11.20", signal))).toMatchObject({ code: "not_found" });
    const closed = { ...options(), index: "http://127.0.0.1:9/simple" };
    expect(await caught(engineInstalls(closed).install("2026.11.20", signal))).toMatchObject({ code: "unavailable" });
  });
});

test("an install that is killed half-way shows nowhere, does not stop the next one, and is cleared away later", async () => {
  const release = Promise.withResolvers<void>();
  held = release.promise;
  const script = join(dir.path, "install.ts");
  const module = fileURLToPath(new URL("installs.ts", import.meta.url));
  await writeFile(
    script,
    `import { engineInstalls } from ${JSON.stringify(module)};
     await engineInstalls(${JSON.stringify(options())}).install("2026.11.20", new AbortController().signal);`,
  );
  const child = spawn(process.execPath, [script], { stdio: "ignore" });
  await eventually(() => asked.some((path) => path.endsWith(".whl")));
  child.kill("SIGKILL");
  release.resolve();
  const installs = engineInstalls(options());
  expect(await installs.list()).toEqual([]);
  expect(await installs.find("2026.11.20")).toBeNull();
  const [draft = ""] = await inside();
  expect(draft).toStartWith(".draft-");
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(dir.path, "engines", draft), longAgo, longAgo);
  await installs.install("2026.11.20", signal);
  expect(await inside()).toEqual(["2026.11.20"]);
}, 180_000);
