import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const shellTools = [
  "sh",
  "awk",
  "basename",
  "cat",
  "cksum",
  "dirname",
  "id",
  "ls",
  "mkdir",
  "mv",
  "readlink",
  "rm",
  "sed",
  "sleep",
  "uname",
];

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "vidferry-setup-")));
  path = join(folder, "path");
  await mkdir(path);
  // A machine with a shell and nothing else: no package manager, no npm, nothing that downloads.
  for (const name of shellTools) await symlink(Bun.which(name) ?? name, join(path, name));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(file: string, script: string): Promise<string> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

/** A clone whose Bun is a script that prints how it was called; `tools` of it have been set up. */
async function clone(tools: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await mkdtemp(join(folder, "it's a clone "));
  await cp(join(repository, "bin"), join(root, "bin"), { recursive: true });
  await writeFile(join(root, "bun.lock"), "{}");
  await mkdir(join(root, "node_modules"));
  await mkdir(join(root, ".tools"));
  const variables = ["YTDLP", "FFMPEG", "FFPROBE", "JS_RUNTIME"].map((name) => `VIDFERRY_${name}`);
  await program(
    join(root, ".tools/stub-bun"),
    `case $1 in
      --version) echo 1.4.5 ;;
      install) ;;
      --no-install) printf '%s\\n' "$PWD" "$@"; for name in ${variables.join(" ")}; do eval "printf '%s\\n' "$name=\\\${$name:-}""; done ;;
      *) exit 1 ;;
    esac`,
  );
  const settings: Record<string, string> = { bun: join(root, ".tools/stub-bun"), packages: lockSum(root), ...tools };
  const lines = Object.entries(settings).map(([name, value]) => `setup_${name}='${value.replaceAll("'", "'\\''")}'\n`);
  await writeFile(join(root, ".tools/env"), lines.join(""));
  return root;
}

function lockSum(root: string): string {
  return Bun.spawnSync(["cksum"], { stdin: Bun.file(join(root, "bun.lock")) })
    .stdout.toString()
    .trim();
}

async function run(root: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([join(root, "bin/vidferry"), ...args], {
    cwd: folder,
    env: { PATH: path, ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

async function allTools(): Promise<Record<string, string>> {
  const tool = await program(join(folder, "tool"), "exit 0");
  return { ytdlp: tool, ffmpeg: tool, ffprobe: tool, js_runtime: `deno:${tool}` };
}

describe("bin/vidferry", () => {
  test("starts the command in the caller's folder with the remembered tools and says nothing", async () => {
    const tools = await allTools();
    const root = await clone(tools);
    const { code, stdout, stderr } = await run(root, ["download", "a b", "--out", "x"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, -1)).toEqual([
      folder,
      "--no-install",
      "--no-env-file",
      `--config=${root}/bunfig.toml`,
      `${root}/cli/src/main.ts`,
      "download",
      "a b",
      "--out",
      "x",
      `VIDFERRY_YTDLP=${tools["ytdlp"]}`,
      `VIDFERRY_FFMPEG=${tools["ffmpeg"]}`,
      `VIDFERRY_FFPROBE=${tools["ffprobe"]}`,
      `VIDFERRY_JS_RUNTIME=${tools["js_runtime"]}`,
    ]);
  });

  test("prefers what the user set, as an absolute path", async () => {
    const root = await clone(await allTools());
    const own = await program(join(folder, "own-yt-dlp"), "exit 0");
    const { stdout } = await run(root, ["demo"], { VIDFERRY_YTDLP: "./own-yt-dlp" });
    expect(stdout).toContain(`VIDFERRY_YTDLP=${own}\n`);
  });

  test("prefers what a .env file in the caller's folder sets, too", async () => {
    const root = await clone(await allTools());
    const own = await program(join(folder, "own-ffmpeg"), "exit 0");
    await writeFile(join(folder, ".env"), `PORT=1\nexport VIDFERRY_FFMPEG="${own}"\n#VIDFERRY_YTDLP=/nowhere\n`);
    const { stdout } = await run(root, ["demo"]);
    await rm(join(folder, ".env"));
    expect(stdout).toContain(`VIDFERRY_FFMPEG=${own}\n`);
  });

  test("ends with exit code 78 and the variable's name when the user's value names no program", async () => {
    const root = await clone(await allTools());
    const wrong = await run(root, ["demo"], { VIDFERRY_FFMPEG: "/nowhere/ffmpeg" });
    expect(wrong.code).toBe(78);
    expect(wrong.stderr).toContain("VIDFERRY_FFMPEG names '/nowhere/ffmpeg'");
    const malformed = await run(root, ["demo"], { VIDFERRY_JS_RUNTIME: "bun" });
    expect(malformed.code).toBe(78);
    expect(malformed.stderr).toContain("expected deno:/path/to/deno or node:/path/to/node");
  });

  test("names each tool that cannot be had and how to get it, and exits 1", async () => {
    const { code, stdout, stderr } = await run(await clone(), ["demo"]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    for (const tool of ["yt-dlp", "FFmpeg", "a JavaScript runtime"]) {
      expect(stderr).toMatch(new RegExp(`${tool}[^\n]* cannot be set up here. To install: \\S+`));
    }
  });

  test.each(["--help", "download --help", "migrate"])(
    "%s runs where no tool can be had, without trying",
    async (line) => {
      const { code, stdout, stderr } = await run(await clone(), line.split(" "));
      expect(code).toBe(0);
      expect(stderr).toBe("");
      expect(stdout).toContain(`/cli/src/main.ts\n${line.replace(" ", "\n")}\n`);
    },
  );

  test("doctor runs where no tool can be had, after trying", async () => {
    const { code, stdout, stderr } = await run(await clone(), ["doctor"]);
    expect(code).toBe(0);
    expect(stderr).toContain("FFmpeg cannot be set up here");
    expect(stdout).toContain("doctor");
  });

  test("installs the packages again when the lockfile has changed", async () => {
    const root = await clone(await allTools());
    await writeFile(join(root, "bun.lock"), '{ "changed": true }');
    const first = await run(root, ["migrate"]);
    expect(first.stderr).toContain("installing packages");
    const second = await run(root, ["migrate"]);
    expect(second.stderr).toBe("");
  });

  test("takes over the lock of a set-up that died", async () => {
    const root = await clone();
    const dead = Bun.spawn(["sh", "-c", ":"]);
    await dead.exited;
    await mkdir(join(root, ".tools/lock"));
    await writeFile(join(root, ".tools/lock/pid"), `${dead.pid}\n`);
    const { code, stderr } = await run(root, ["doctor"]);
    expect(code).toBe(0);
    expect(stderr).not.toContain("waiting");
    expect(await Bun.file(join(root, ".tools/lock/pid")).exists()).toBe(false);
  });

  test.each(["moved", "copied"])("a clone that was %s repairs its tools, without fetching anything", async (how) => {
    const old = await clone(await allTools());
    const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    const environment = join(old, ".tools/venv/bin");
    await mkdir(environment, { recursive: true });
    await program(
      join(environment, "python"),
      'case "$*" in *--verbose*) echo yt_dlp_ejs ;; *) echo 2099.01.01 ;; esac',
    );
    // Like a script of pip: its first lines name its Python by the whole path, here one with blanks.
    const script = `#!/bin/sh\n'''exec' "${environment}/python" "$0" "$@"\n' '''\nimport yt_dlp\n`;
    await writeFile(join(environment, "yt-dlp"), script, { mode: 0o755 });
    const bun = "node_modules/@oven/bun-any/bin";
    await mkdir(join(old, ".tools", bun), { recursive: true });
    await rename(join(old, ".tools/stub-bun"), join(old, ".tools", bun, "bun"));
    const remembered = (await readFile(join(old, ".tools/env"), "utf8"))
      .replace("stub-bun", `${bun}/bun`)
      .replace(/setup_ytdlp=.*/, () => `setup_ytdlp=${quoted(join(environment, "yt-dlp"))}`);
    await writeFile(join(old, ".tools/env"), `${remembered}setup_root=${quoted(old)}\n`);
    expect((await run(old, ["demo"])).stderr).toBe("");

    const root = `${old} ${how}`;
    if (how === "moved") await rename(old, root);
    else await cp(old, root, { recursive: true, verbatimSymlinks: true });
    const first = await run(root, ["demo"]);
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringMatching(/^vidferry: repairing \.tools\/venv[^\n]*\n$/),
    ]);
    // The stub splits at blanks.
    expect(first.stdout.replaceAll("\n", " ")).toContain(`VIDFERRY_YTDLP=${root}/.tools/venv/bin/yt-dlp `);
    expect(await readFile(join(root, ".tools/venv/bin/yt-dlp"), "utf8")).toContain(`"${root}/.tools/venv/bin/python"`);
    expect(await readFile(join(root, ".tools/env"), "utf8")).toContain(
      `setup_bun=${quoted(`${root}/.tools/${bun}/bun`)}`,
    );
    expect((await run(root, ["demo"])).stderr).toBe("");
  });

  test("works through a symbolic link", async () => {
    const root = await clone(await allTools());
    await symlink(join(root, "bin/vidferry"), join(folder, "linked"));
    const child = Bun.spawn([join(folder, "linked"), "demo"], { env: { PATH: path }, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toContain(`${root}/cli/src/main.ts`);
  });
});
