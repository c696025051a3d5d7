import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { installWrappers, type Programs } from "./guarded-programs.ts";

let dir: TempDir;
let echoing: Programs;
let real: Programs;
beforeAll(async () => {
  dir = await tempDir("vidferry wrapper's");
  // A program that shows its arguments, ended by NUL, under a name that needs quoting.
  const echo = join(dir.path, "echo $HOME it's");
  writeFileSync(echo, `#!/bin/sh\nprintf '%s\\0' "$@"\n`);
  chmodSync(echo, 0o700);
  echoing = installWrappers(join(dir.path, "echoing"), { ffmpeg: echo, ffprobe: echo });
  real = installWrappers(join(dir.path, "real"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
});
afterAll(() => dir[Symbol.asyncDispose]());

const path = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";
function call(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(program, [...args], { encoding: "utf8", env: { PATH: path, ...env } });
  return { status, stderr, stdout, args: stdout.split("\0").slice(0, -1) };
}

describe("the wrappers around FFmpeg", () => {
  test("says which setting is wrong when its folder cannot be written", () => {
    const file = join(dir.path, "a file");
    writeFileSync(file, "");
    const attempt = () => installWrappers(join(file, "wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
    expect(attempt).toThrow(
      expect.objectContaining({ code: "storage_error", hint: expect.stringContaining("WORK_DIR") }),
    );
  });

  test("puts the rules before every input and leaves all else alone", () => {
    const odd = ["two words", "line\nend", "'quoted' \"twice\"", "$HOME `id` *", "", "-"];
    const { args } = call(echoing.ffmpeg, ["-y", "-i", "file:/a b.mp4", "-i", "-i", ...odd]);
    const rules = args.slice(2, 6);
    expect(rules[0]).toBe("-protocol_whitelist");
    expect(rules[1]).toBe("file,pipe");
    expect(rules[2]).toBe("-format_whitelist");
    expect(rules[3]?.split(",")).not.toContain("concat");
    expect(rules[3]?.split(",")).not.toContain("hls");
    expect(args).toEqual(["-nostdin", "-y", ...rules, "-i", "file:/a b.mp4", ...rules, "-i", ...rules, "-i", ...odd]);
  });

  test("reads a list of pieces only when that was asked for, and only for that input", () => {
    const { args } = call(echoing.ffmpeg, [
      "-f",
      "concat",
      "-i",
      "list.txt",
      "-i",
      "cover.jpg",
      "-f",
      "mp4",
      "out.mp4",
    ]);
    const lists = args.flatMap((argument, index) => (argument === "-format_whitelist" ? [args[index + 1]] : []));
    expect(lists.map((list) => list?.split(",").includes("concat"))).toEqual([true, false]);
  });

  test.each([
    "http://127.0.0.1:PORT/a.mp4",
    "https://127.0.0.1:PORT/a.mp4",
    "httpproxy://127.0.0.1:PORT/a.mp4",
    "tcp://127.0.0.1:PORT",
    "rtmp://127.0.0.1:PORT/a/b",
    "ftp://127.0.0.1:PORT/a.mp4",
    "crypto+http://127.0.0.1:PORT/a.mp4",
    "concat:http://127.0.0.1:PORT/a.ts|http://127.0.0.1:PORT/b.ts",
    "subfile,,start,0,end,9,,:http://127.0.0.1:PORT/a.mp4",
    "cache:http://127.0.0.1:PORT/a.mp4",
    "async:tcp:127.0.0.1:PORT",
    "http:127.0.0.1:PORT/a.mp4",
  ])("opens no network: %s", async (input) => {
    const counted = createServer((socket) => void socket.destroy());
    let connections = 0;
    counted.on("connection", () => connections++);
    counted.listen(0, "127.0.0.1");
    await once(counted, "listening");
    const { port } = counted.address() as AddressInfo;
    const address = input.replaceAll("PORT", String(port));
    // With a network of its own, where there is one, and by the rules alone.
    const bare = join(dir.path, "bare");
    mkdirSync(bare, { recursive: true });
    for (const name of ["ffmpeg", "ffprobe"]) {
      const found = Bun.which(name, { PATH: path });
      if (found !== null && !existsSync(join(bare, name))) symlinkSync(found, join(bare, name));
    }
    const proxy = { http_proxy: `http://127.0.0.1:${port}`, all_proxy: `http://127.0.0.1:${port}` };
    // Not synchronously: the listener must be able to notice.
    const status = (PATH: string, program: string, args: string[]) =>
      new Promise<number | null>((resolve) =>
        spawn(program, args, { stdio: "ignore", env: { PATH, ...proxy } }).on("close", resolve),
      );
    try {
      for (const folders of [path, bare]) {
        expect(await status(folders, real.ffmpeg, ["-i", address, "-f", "null", "-"])).not.toBe(0);
        expect(await status(folders, real.ffprobe, ["-show_format", address])).not.toBe(0);
      }
      expect(connections).toBe(0);
    } finally {
      counted.close();
    }
  });

  test("runs in a network of its own where the system has one to give", () => {
    const show = join(dir.path, "show network");
    writeFileSync(show, "#!/bin/sh\nreadlink /proc/self/ns/net\n");
    chmodSync(show, 0o700);
    const shown = installWrappers(join(dir.path, "network"), { ffmpeg: show, ffprobe: show });
    const isolated = [["--net"], ["--net", "--map-current-user"]].some(
      (how) => spawnSync("unshare", [...how, "true"], { env: { PATH: path } }).status === 0,
    );
    const ours = spawnSync("readlink", ["/proc/self/ns/net"], { encoding: "utf8" }).stdout ?? "";
    for (const program of [shown.ffmpeg, shown.ffprobe]) {
      const { status, stdout } = call(program, ["-i", "a.mp4"]);
      // Elsewhere there is no such thing to show, or it is ours.
      expect([status === 0 || ours === "", stdout !== ours]).toEqual([true, isolated]);
    }
  });

  test("answers what yt-dlp asks at its start", () => {
    for (const program of [real.ffmpeg, real.ffprobe]) {
      const { status, stdout } = call(program, ["-bsfs"]);
      expect(status).toBe(0);
      expect(stdout).toContain("aac_adtstoasc");
      expect(call(program, ["-version"]).stdout).toMatch(/^ff(mpeg|probe) version /);
    }
  });

  test("refuses a text that lists other files, for both programs, with and without -i", () => {
    const secret = join(dir.path, "secret.ts");
    const source = ["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", secret];
    expect(spawnSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...source]).status).toBe(0);
    const attack = join(dir.path, "attack.mp4");
    writeFileSync(attack, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${secret}\n#EXT-X-ENDLIST\n`);
    const stolen = join(dir.path, "stolen.mkv");
    const copy = ["-y", "-i", attack, "-c", "copy", stolen];
    // Without the wrappers the other file is copied: that is what it is for.
    expect(spawnSync("ffmpeg", ["-nostdin", ...copy.with(-1, join(dir.path, "proof.mkv"))]).status).toBe(0);
    expect(call(real.ffmpeg, copy).stderr).toContain("not on whitelist");
    expect(call(real.ffprobe, ["-show_format", attack]).status).not.toBe(0);
    expect(call(real.ffprobe, ["-show_format", "-i", attack]).status).not.toBe(0);
    expect(call(real.ffprobe, [attack]).status).not.toBe(0);
    expect(readdirSync(dir.path)).not.toContain("stolen.mkv");
  });

  test("makes no input out of nothing: no generators, no other protocols", () => {
    for (const input of [
      ["-f", "lavfi", "-i", "sine=duration=1"],
      ["-i", "concat:a|b"],
      ["-i", "tcp://127.0.0.1:1"],
      ["-i", "subfile,,start,0,end,0,,:/etc/passwd"],
    ]) {
      expect(call(real.ffmpeg, [...input, "-f", "null", "-"]).status).not.toBe(0);
    }
  });

  test("is for its owner alone and may be put up again over itself", async () => {
    const folder = join(dir.path, "twice");
    mkdirSync(folder, { mode: 0o755 });
    for (let round = 0; round < 2; round++) installWrappers(folder, { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(["ffmpeg", "ffprobe"]);
  });
});
