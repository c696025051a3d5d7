import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startYouTubeDouble, type YouTubeDouble } from "../../../../testing/index.ts";
import { type TempDir, tempDir } from "../../../../testing/temp-dir.ts";
import { findTools } from "../../../../testing/tools.ts";
import { supervise } from "../../process/index.ts";
import { readVersion } from "../checks.ts";
import { createWarmEngine, type WarmEngine } from "./warm-engine.ts";

// The genuine yt-dlp: whatever it keeps in its modules must not lead from one run to another.
const limitMs = 60_000;
const path = process.env["PATH"] ?? "";
let double: YouTubeDouble;
let dir: TempDir;
let warm: WarmEngine;

beforeAll(async () => {
  double = await startYouTubeDouble();
  dir = await tempDir("vidferry-warm-genuine");
  warm = createWarmEngine({ binary: findTools().ytDlp, path });
}, limitMs);
afterAll(async () => {
  warm.close();
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

/** Looks at a video in a home of its own, with this proxy and these authorities. */
async function look(name: string, env: Readonly<Record<string, string>>) {
  const home = join(dir.path, name);
  await mkdir(home);
  const fixed = "--ignore-config --no-plugin-dirs --no-update --ies youtube --compat-options no-certifi";
  const child = await warm.begin({
    args: [
      ...fixed.split(" "),
      "--retries",
      "0",
      "--extractor-retries",
      "0",
      "-f",
      "18",
      "-J",
      "--",
      double.url("muxedOnly01"),
    ],
    cwd: home,
    env: { PATH: path, HOME: home, LANG: "C.UTF-8", ...env },
    fileSizeBytes: null,
    niceness: 0,
    stdoutFile: join(home, "info.json"),
  });
  if (child === null) throw new Error("it was not begun");
  const err: string[] = [];
  const { exitCode } = await supervise(child, { deadlineMs: limitMs, onStderr: (line) => err.push(line) }).done;
  return {
    exitCode,
    err: err.join("\n"),
    title: /"title": "([^"]*)"/.exec(await readFile(join(home, "info.json"), "utf8"))?.[1],
  };
}

test(
  "runs side by side have each their own proxy and authorities",
  async () => {
    const trusting = { https_proxy: double.proxyUrl, SSL_CERT_FILE: double.caFile };
    const [good, distrusting, astray, again] = await Promise.all([
      look("good", trusting),
      look("distrusting", { https_proxy: double.proxyUrl }),
      look("astray", { https_proxy: "http://127.0.0.1:1", SSL_CERT_FILE: double.caFile }),
      look("again", trusting),
    ]);
    expect([good.exitCode, again.exitCode]).toEqual([0, 0]);
    expect(good.title).toBeTruthy();
    expect(again.title).toBe(good.title);
    expect([distrusting.exitCode, astray.exitCode]).toEqual([1, 1]);
    expect(distrusting.err).toContain("CERTIFICATE_VERIFY_FAILED");
    expect(astray.err).toContain("Unable to connect to proxy");
  },
  limitMs,
);

test(
  "what is loaded is what an ordinary start would run",
  async () => {
    expect(await warm.version()).toBe(await readVersion({ binary: findTools().ytDlp, path }));
  },
  limitMs,
);
