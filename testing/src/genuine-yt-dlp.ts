import { spawn } from "node:child_process";
import { findTools } from "./tools.ts";
import type { YouTubeDouble } from "./youtube-double/index.ts";

/** How a run of a program ended. */
export interface FinishedRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the genuine yt-dlp against the double, with nothing of this machine's configuration. */
export function runYtDlp(double: YouTubeDouble, cwd: string, args: readonly string[]): Promise<FinishedRun> {
  const { ytDlp, ffmpeg, jsRuntime } = findTools();
  const fixed = [
    ...["--ignore-config", "--no-update", "--no-cache-dir", "--no-plugin-dirs", "--color", "never"],
    ...["--compat-options", "no-certifi", "--proxy", double.proxyUrl],
    ...["--js-runtimes", jsRuntime, "--ffmpeg-location", ffmpeg],
    ...["--retry-sleep", "0", "--retries", "2", "--extractor-retries", "1", "--no-progress"],
  ];
  const env = { PATH: process.env["PATH"], HOME: cwd, LANG: "C.UTF-8", SSL_CERT_FILE: double.caFile };
  return run(ytDlp, [...fixed, ...args], cwd, env);
}

/** What ffprobe says of a file. */
export interface Probed {
  readonly seconds: number;
  readonly streams: readonly ProbedStream[];
}

/** One stream of a probed file, with ffprobe's own names. */
export interface ProbedStream {
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly avg_frame_rate?: string;
  readonly color_transfer?: string;
}

/** Asks ffprobe for a file's length and streams. */
export async function ffprobe(path: string): Promise<Probed> {
  const args = ["-v", "error", "-show_streams", "-show_format", "-of", "json", path];
  const { exitCode, stdout, stderr } = await run(findTools().ffprobe, args);
  if (exitCode !== 0) throw new Error(`ffprobe: ${stderr}`);
  const answer = JSON.parse(stdout) as { format: { duration: string }; streams: ProbedStream[] };
  return { seconds: Number(answer.format.duration), streams: answer.streams };
}

const deadlineMs = 150_000;

function run(program: string, args: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv): Promise<FinishedRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: deadlineMs,
      killSignal: "SIGKILL",
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      output.stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output.stderr += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, ...output }));
  });
}
