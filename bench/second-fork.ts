/**
 * What it costs to fork yt-dlp anew for what it fetches, after the preparation before the fork, against keeping the fork that has
 * looked at the link: processor time and wall time up to the first request, and the memory that a waiting fork would hold.
 * Usage: bun bench/second-fork.ts [rounds]
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTools, tempDir } from "@vidferry/testing";
import { findPythonProgram } from "../core/src/adapters/engine/yt-dlp/python-program.ts";
import { runProgram } from "./program.ts";

const rounds = process.argv[2] ?? "30";
const path = process.env["PATH"] ?? "";
const program = await findPythonProgram(findTools().ytDlp, path);
if (program === null) throw new Error("this yt-dlp is no Python program");

await using dir = await tempDir("vidferry-bench-second-fork");
const info = join(dir.path, "info.json");
const headers = { "User-Agent": "Mozilla/5.0", Accept: "*/*", "Accept-Language": "en-us,en;q=0.5" };
// As many formats as a long playlist of renditions has.
const formats = Array.from({ length: 24 }, (_, index) => ({
  format_id: `hls-${index}`,
  url: `https://media.invalid/${index}/index.m3u8`,
  manifest_url: "https://media.invalid/master.m3u8",
  protocol: "m3u8_native",
  ext: "mp4",
  vcodec: "avc1.640028",
  acodec: "mp4a.40.2",
  height: 1080,
  tbr: 1_000 + index,
  http_headers: headers,
}));
const page = { id: "sample", title: "Sample", extractor: "generic", extractor_key: "Generic", duration: 600 };
await writeFile(info, JSON.stringify({ ...page, webpage_url: "https://media.invalid/", _type: "video", formats }));

const warm = fileURLToPath(new URL("../core/src/adapters/engine/yt-dlp/warm", import.meta.url));
const script = fileURLToPath(new URL("second-fork.py", import.meta.url));
const [interpreter, ...args] = program.interpreter;
const env = { PATH: path, HOME: dir.path, LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" };
const output = await runProgram(interpreter, [...args, script, warm, rounds, info], { cwd: dir.path, env });
console.log(`medians of ${rounds} rounds`);
for (const line of output.trim().split("\n")) {
  const { way, processor, wall, kib } = JSON.parse(line);
  const memory = kib === null ? "" : `, ${(kib / 1024).toFixed(1)} MiB of its own`;
  console.log(`  ${way.padEnd(26)} ${processor} ms of processor time, ${wall} ms${memory}`);
}
