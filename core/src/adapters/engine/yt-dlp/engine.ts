import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EgressLease } from "../../../egress/egresses.ts";
import { AppError } from "../../../errors/app-error.ts";
import { endOf, ranOutOfMemory, type SupervisedChild, systemPath } from "../process/index.ts";
import { caBundle } from "./ca-bundle.ts";
import { tokenProviderArgs, tokensPlugin } from "./clients/token-provider.ts";
import { commonArgs, mark, printingArgs, reportingArgs } from "./command-line.ts";
import { failureOf, refusalIn } from "./errors.ts";
import { gateEnvironment, gatePlugin } from "./gate/gate.ts";
import { type FetchLine, readHookLine } from "./hook-lines.ts";
import { onDisk } from "./on-disk.ts";
import type { YtDlpOptions } from "./options.ts";
import { createOutputLog, type OutputLog } from "./output-log.ts";
import { playersEnvironment, playersPlugin } from "./players/players.ts";
import { type Plugin, pluginArgs, pluginEnvironment } from "./plugin.ts";
import { startYtDlp } from "./start.ts";
import { createWarmEngine } from "./warm/warm-engine.ts";

/** One run of yt-dlp. */
export interface EngineRun {
  /** Arguments after the common ones. */
  readonly args: readonly string[];
  /**
   * Through which it reaches sources; absent: it asks for nothing. The proxy travels in the environment, so credentials in it
   * are not visible in the process list.
   */
  readonly egress?: EgressLease;
  /** Home, temporary and working folder of the run; made when missing. */
  readonly home: string;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
  /** See `touch`; absent: never stalled. */
  readonly stallMs?: number;
  /** No single file may grow beyond this. */
  readonly fileSizeBytes?: number;
  /** The run solves JavaScript challenges of YouTube's players; preprocessed players are cached. */
  readonly usesPlayers?: boolean;
  /** Plugins besides those of every run. */
  readonly plugins?: readonly Plugin[];
  /** File for the raw standard output. */
  readonly stdoutFile?: string;
  /** How the fetch goes on; absent: nothing is fetched, or nobody wants to know. */
  readonly onLine?: (line: FetchLine, run: RunningEngine) => void;
}

/** A run under way. */
export interface RunningEngine {
  /** Reports progress: restarts the stall timer. */
  touch(): void;
  /** Stops the run, which then rejects with this error. */
  halt(error: AppError): void;
}

/** Result of a run that ended by itself. */
export interface EngineResult {
  readonly exitCode: number | null;
  /** The same for people, or the name of the signal. */
  readonly end: string;
  readonly log: OutputLog;
}

/** Runs yt-dlp with the settings that all runs share. */
export interface Engine {
  /** Rejects with the signal's reason, `timed_out`, `stalled`, `tool_missing`, `out_of_memory` or what `halt` was given. */
  run(run: EngineRun): Promise<EngineResult>;
  /** The same; rejects besides, with the code that its words mean, when yt-dlp ends with an error. */
  succeed(run: EngineRun): Promise<OutputLog>;
  /** The version of the preloaded yt-dlp; null when none is loaded. */
  version(): Promise<string | null>;
  /** Whether yt-dlp can pass for a browser; true also where that is not known. */
  impersonates(): Promise<boolean>;
  /** Ends the preloaded yt-dlp. */
  close(): void;
}

/** The engine that these options describe. */
export function createEngine(options: YtDlpOptions): Engine {
  const now = () => options.clock?.now() ?? new Date();
  const { binary, niceness, logger, telemetry, jsRuntime, path = systemPath } = options;
  const { pluginDirs = [], tokenProviderUrl } = options;
  // A loaded yt-dlp runs our own plugins alone.
  const warm =
    options.warm === true && pluginDirs.length === 0 ? createWarmEngine({ binary, path, jsRuntime, logger }) : null;
  let bundle: Promise<string> | undefined;

  const environment = async ({ home, egress }: EngineRun): Promise<Record<string, string>> => {
    const { caFile } = options;
    const env: Record<string, string> = { PATH: path, HOME: home, TMPDIR: home, LANG: "C.UTF-8", PYTHONUTF8: "1" };
    // In the environment and not in `--proxy`: arguments can be read by every user of the machine.
    if (egress !== undefined) Object.assign(env, gateEnvironment(egress.proxyUrl, options));
    if (caFile !== undefined) {
      bundle ??= caBundle(caFile);
      bundle.catch(() => {
        bundle = undefined;
      });
      const pem = await bundle;
      env["SSL_CERT_FILE"] = join(home, "ca.pem");
      await onDisk(writeFile(env["SSL_CERT_FILE"], pem));
    }
    return env;
  };

  const run = async (spec: EngineRun): Promise<EngineResult> => {
    spec.signal?.throwIfAborted();
    await onDisk(mkdir(spec.home, { recursive: true, mode: 0o700 }));
    const cookies = spec.egress?.cookies ?? null;
    if (cookies === null) return runWith(spec, []);
    const copy = await cookies.copyInto(spec.home);
    let succeeded = false;
    try {
      const result = await runWith(spec, ["--cookies", copy.path]);
      succeeded = result.exitCode === 0;
      return result;
    } finally {
      await copy.mergeBack({ succeeded });
    }
  };

  const runWith = async (spec: EngineRun, cookies: readonly string[]): Promise<EngineResult> => {
    const env = await environment(spec);
    const log = createOutputLog();
    let halted: AppError | undefined;
    const running: RunningEngine = {
      touch: () => child.touch(),
      halt: (error) => {
        halted ??= error;
        child.stop("limit");
      },
    };
    const watch = (line: string) => {
      // yt-dlp would retry in vain: it takes the refusal for a proxy failure.
      // SponsorBlock is an extra; the video does not depend on it.
      const refused = refusalIn(line);
      if (refused !== null && !/sponsorblock/i.test(line)) running.halt(refused);
    };
    /** A line of a hook, or one that yt-dlp printed behind our mark in its place; hooks report errors and warnings too. */
    const take = (json: string) => {
      const line = readHookLine(json);
      if (line === null) return;
      if (line.t === "progress" || line.t === "file") return spec.onLine?.(line, running);
      if (line.t === "error") log.error(line.message, line.causes);
      else log.warning(line.message);
      watch(line.message);
    };
    const isGated = "VIDFERRY_EGRESS" in env;
    const { playersDir } = options;
    const keepsPlayers = spec.usesPlayers === true && playersDir !== undefined;
    if (keepsPlayers) Object.assign(env, playersEnvironment(playersDir));
    const own = spec.plugins ?? [];
    if (own.length > 0) Object.assign(env, pluginEnvironment);
    const gives = isGated && tokenProviderUrl !== undefined;
    const tokens = gives ? tokenProviderArgs(tokenProviderUrl) : [];
    const plugins = [
      ...(isGated ? [gatePlugin] : []),
      ...(gives ? [tokensPlugin] : []),
      ...(keepsPlayers ? [playersPlugin] : []),
      ...own,
    ];
    const common = [...commonArgs(options), ...tokens];
    const ownArgs = [...cookies, ...spec.args];
    const cwd = spec.home;
    const { fileSizeBytes = null, stdoutFile = null } = spec;
    const pluginFiles = plugins.map(({ file }) => file);
    const printing = spec.onLine === undefined ? [] : printingArgs;
    const task = {
      args: [...common, ...ownArgs],
      reporting: spec.onLine === undefined ? [] : reportingArgs,
      printing,
      plugins: pluginFiles,
      cwd,
      env,
      fileSizeBytes,
      niceness: niceness ?? 0,
      stdoutFile,
    };
    const operators = pluginDirs.flatMap((directory) => ["--plugin-dirs", directory]);
    const loaded = (await warm?.begin(task, spec.signal)) ?? null;
    const child: SupervisedChild = startYtDlp({
      binary,
      loaded,
      args: [...printing, ...common, ...pluginArgs(plugins), ...operators, ...ownArgs],
      cwd,
      env,
      limits: {
        ...(niceness === undefined ? {} : { niceness }),
        ...(fileSizeBytes === null ? {} : { fileSizeBytes }),
      },
      deadlineMs: spec.deadlineMs,
      ...(telemetry === undefined ? {} : { told: { telemetry, program: "yt-dlp" } }),
      ...(spec.signal === undefined ? {} : { signal: spec.signal }),
      ...(spec.stallMs === undefined ? {} : { stallMs: spec.stallMs }),
      ...(stdoutFile === null ? {} : { stdoutFile }),
      onStdout: (line) => {
        if (line.startsWith(mark)) return take(line.slice(1));
        log.stdout(line);
        watch(line);
      },
      onStderr: (line) => {
        log.stderr(line);
        watch(line);
      },
      onReport: take,
    });
    const outcome = await child.done;
    const { exitCode, stoppedBy } = outcome;
    if (stoppedBy === "aborted") throw spec.signal?.reason;
    if (halted) throw halted;
    if (stoppedBy === "stalled") throw new AppError("stalled", "The source sent nothing for too long.");
    if (stoppedBy === "deadline") throw new AppError("timed_out", "yt-dlp took longer than allowed.");
    // Python's MemoryError is at the end of the output; text of a site never starts a line like that.
    if (ranOutOfMemory(outcome, log.text.join("\n"))) {
      const cause = new Error(`it ended with ${endOf(outcome)}: ${log.text.slice(-5).join("\n")}`);
      throw new AppError("out_of_memory", "yt-dlp ran out of memory.", { cause });
    }
    // Exit codes of the shell when the program is missing or not executable.
    if ((exitCode === 127 || exitCode === 126) && log.errors.length === 0) {
      throw new AppError("tool_missing", "yt-dlp could not be started.", { cause: new Error(log.text.join("\n")) });
    }
    return { exitCode, end: endOf(outcome), log };
  };

  const succeed = async (spec: EngineRun): Promise<OutputLog> => {
    const { exitCode, end, log } = await run(spec);
    if (exitCode !== 0) {
      options.logger?.debug("yt-dlp failed", { end, errors: log.errors.length });
      throw failureOf(log, now(), new Error(`yt-dlp ended with ${end}`));
    }
    return log;
  };

  return {
    run,
    succeed,
    version: async () => (await warm?.loaded())?.version ?? null,
    impersonates: async () => (await warm?.loaded())?.impersonates ?? true,
    close: () => warm?.close(),
  };
}
