import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import type { Check } from "../../../pipeline/downloader.ts";
import { capture, systemPath } from "../process/index.ts";
import type { Engine } from "./engine.ts";
import type { YtDlpOptions } from "./options.ts";

/** Older versions are open to published advisories (GHSA of 2026-06-09 and 2026-07-04). */
export const minimumVersion = "2026.07.04";

const staleDays = 60;
const checkDeadlineMs = 30_000;
const updateFix = "Update yt-dlp, for example: pip install --upgrade 'yt-dlp[default]'.";

/** Asks yt-dlp for its version; null when it cannot be started. */
export async function readVersion(options: YtDlpOptions, signal?: AbortSignal): Promise<string | null> {
  const { stdout } = await capture(options.binary, ["--version", "--ignore-config"], {
    env: { PATH: options.path ?? systemPath, LANG: "C.UTF-8" },
    deadlineMs: checkDeadlineMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return /^\d{4}\.\d{1,2}\.\d{1,2}\S*$/m.exec(stdout)?.[0] ?? null;
}

/** Rejects with `tool_missing` or `tool_outdated` when this version may not be used. */
export function assertUsable(version: string | null): void {
  if (version === null) throw new AppError("tool_missing", "yt-dlp could not be started.");
  if (isOutdated(version)) {
    throw new AppError("tool_outdated", `yt-dlp ${version} is older than ${minimumVersion}, which fixes known holes.`);
  }
}

/** Whether a version is below the one that is required. Nightly builds have a fourth part. */
export function isOutdated(version: string): boolean {
  return dayOf(version) < dayOf(minimumVersion);
}

/** Looks at yt-dlp and at the JavaScript runtime and the solver as yt-dlp itself sees them. */
export async function checkEngine(engine: Engine, now: Date, signal?: AbortSignal): Promise<Check[]> {
  const home = await mkdtemp(join(tmpdir(), "vidferry-check-"));
  try {
    // Without a link it prints its debug lines and exits.
    const { log } = await engine.run({ args: ["--verbose"], home, signal, deadlineMs: checkDeadlineMs });
    return describeDebug([...log.text, ...log.warnings].join("\n"), now);
  } catch (error) {
    signal?.throwIfAborted();
    return [missing(error instanceof AppError ? error.message : "yt-dlp could not be started.")];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Reads the debug lines that yt-dlp prints with `--verbose`. */
export function describeDebug(text: string, now: Date): Check[] {
  const version = /\[debug\] yt-dlp version \S*?@?(\d{4}\.\d+\.\d+\S*)/.exec(text)?.[1];
  if (version === undefined) return [missing("yt-dlp did not say its version.")];
  const runtime = /\[debug\] JS runtimes: (.+)/.exec(text)?.[1]?.trim() ?? "none";
  const solver = /\byt_dlp_ejs-([\w.]+)/.exec(text)?.[1];
  return [versionCheck(version, now), runtimeCheck(runtime), solverCheck(solver)];
}

function missing(detail: string): Check {
  return { name: "yt-dlp", status: "failed", detail, fix: "Install it: pip install 'yt-dlp[default]'." };
}

function versionCheck(version: string, now: Date): Check {
  if (isOutdated(version)) {
    return { name: "yt-dlp", status: "failed", detail: `${version}, below ${minimumVersion}`, fix: updateFix };
  }
  const days = Math.floor((now.getTime() - dayOf(version)) / 86_400_000);
  if (days > staleDays) {
    return { name: "yt-dlp", status: "warning", detail: `${version}, ${days} days old`, fix: updateFix };
  }
  return { name: "yt-dlp", status: "ok", detail: version };
}

function runtimeCheck(runtimes: string): Check {
  const usable = runtimes.split(/,\s*/).some((one) => /^(deno|node|quickjs)/.test(one) && !one.includes("unsupported"));
  if (usable) return { name: "js-runtime", status: "ok", detail: runtimes };
  return {
    name: "js-runtime",
    status: "failed",
    detail: `${runtimes}: YouTube's formats cannot be unlocked`,
    fix: "Install Deno 2.3 or newer, or Node 22 or newer, and name it in VIDFERRY_JS_RUNTIME.",
  };
}

function solverCheck(version: string | undefined): Check {
  if (version !== undefined) return { name: "js-solver", status: "ok", detail: `yt-dlp-ejs ${version}` };
  return {
    name: "js-solver",
    status: "failed",
    detail: "yt-dlp-ejs is not installed beside yt-dlp",
    fix: "Install it in yt-dlp's Python: pip install yt-dlp-ejs.",
  };
}

/** The date that a version is named after, in milliseconds since 1970. */
function dayOf(version: string): number {
  const [year = 0, month = 1, day = 1] = version.split(".").map(Number);
  return Date.UTC(year, month - 1, day);
}
