import { AppError } from "../../../errors/index.ts";
import type { Check } from "../../../pipeline/downloader.ts";
import { capture } from "../process/index.ts";
import { checkFonts } from "./check-fonts.ts";
import type { FfmpegTools } from "./execute.ts";

const deadlineMs = 20_000;
const install =
  "Install FFmpeg 5.1 or newer with ffprobe (Debian: apt-get install ffmpeg; macOS: brew install ffmpeg).";

/** The oldest release line that is tested; older ones lack options that the wrappers rely on. */
const oldest = [4, 4] as const;

/** Which outputs need which encoder. */
const encoders: Readonly<Record<string, string>> = {
  libx264: "exact clips in MP4 and MKV",
  aac: "M4A, and MP4 from sources without AAC",
  libmp3lame: "MP3",
  libopus: "Opus, and WebM from sources without Opus",
  "libvpx-vp9": "WebM from sources without VP9",
};

async function ask(
  tools: FfmpegTools,
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await capture(program, args, { env: tools.env, deadlineMs, ...(signal ? { signal } : {}) });
  signal?.throwIfAborted();
  if (answer.exitCode !== 0) throw new AppError("tool_missing", "it could not be started");
  return answer.stdout;
}

/** The version that a program reports, such as `5.1.9-0+deb12u1`. */
export async function readVersion(tools: FfmpegTools, program: string, signal?: AbortSignal): Promise<string> {
  const version = /^ff\w+ version (\S+)/.exec(await ask(tools, program, ["-version"], signal))?.[1];
  if (version === undefined) throw new AppError("tool_missing", "it does not name its version");
  return version;
}

/** Builds from the development branch have a date or a commit instead of a release number; they count as current. */
function isOld(version: string): boolean {
  const [, major, minor] = /^n?(\d{1,2})\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return false;
  return Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
}

async function listEncoders(tools: FfmpegTools, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const listed = await ask(tools, tools.programs.ffmpeg, ["-hide_banner", "-encoders"], signal);
  return new Set(listed.split("\n").map((line) => line.trim().split(/\s+/)[1] ?? ""));
}

/** Whether this FFmpeg has the encoder. */
export async function hasEncoder(tools: FfmpegTools, name: string, signal: AbortSignal): Promise<boolean> {
  return (await listEncoders(tools, signal)).has(name);
}

/** Checks both programs, the fonts and the encoders; see the port's `check`. */
export async function checkPrograms(tools: FfmpegTools, signal?: AbortSignal): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const name of ["ffmpeg", "ffprobe"] as const) {
    try {
      const version = await readVersion(tools, tools.programs[name], signal);
      if (isOld(version)) checks.push({ name, status: "failed", detail: `${version} is too old`, fix: install });
      else checks.push({ name, status: "ok", detail: version });
    } catch (error) {
      signal?.throwIfAborted();
      checks.push({ name, status: "failed", detail: error instanceof Error ? error.message : "missing", fix: install });
    }
  }
  if (checks[0]?.status !== "ok") return checks;
  checks.push(await checkFonts(tools, signal));
  const known = await listEncoders(tools, signal);
  const missing = Object.keys(encoders).filter((encoder) => !known.has(encoder));
  if (missing.length === 0)
    return [...checks, { name: "ffmpeg-encoders", status: "ok", detail: Object.keys(encoders).join(", ") }];
  const lost = missing.map((encoder) => `${encoder} (${encoders[encoder]})`).join("; ");
  return [
    ...checks,
    { name: "ffmpeg-encoders", status: "warning", detail: `missing: ${lost}`, fix: "Install a full build of FFmpeg." },
  ];
}
