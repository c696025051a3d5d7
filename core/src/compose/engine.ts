import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { localWorkFolders } from "../adapters/blobs/local-disk/index.ts";
import { type EgressGuard, startEgressGuard } from "../adapters/engine/egress-guard/index.ts";
import { ffmpegTranscoder, installWrappers } from "../adapters/engine/ffmpeg/index.ts";
import { engineInstalls } from "../adapters/engine/installs/index.ts";
import { hostName, mayStillRun, nameWorker, searchPath } from "../adapters/engine/process/index.ts";
import {
  cookieFileProblem,
  type JsRuntime,
  liveRecordingFiles,
  openCookieFile,
  openCookieTexts,
  type YtDlpOptions,
  ytDlp,
} from "../adapters/engine/yt-dlp/index.ts";
import { type LibreTranslateOptions, libreTranslate } from "../adapters/libretranslate/index.ts";
import { openAiTranscriber, type TranscriberOptions } from "../adapters/transcriber/index.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { type BreakerOptions, defaultBreaker } from "../egress/breaker.ts";
import { directEgress } from "../egress/direct-egress.ts";
import type { CookieJar, Egresses } from "../egress/egresses.ts";
import { memoryLooks } from "../egress/memory-looks.ts";
import { pooledEgresses } from "../egress/pooled-egresses.ts";
import { storedLooks } from "../egress/stored-looks.ts";
import type { ChoiceStore } from "../engines/change-choice.ts";
import type { EngineInstalls } from "../engines/engine-installs.ts";
import { AppError } from "../errors/app-error.ts";
import type { OperatorServers, SubmitPolicy } from "../jobs/submit-job.ts";
import type { MaintenanceTask } from "../maintenance/task.ts";
import type { Check, Downloader, ProbeLink } from "../pipeline/downloader.ts";
import type { RecordingFiles } from "../pipeline/live/recording-files.ts";
import { noAnswer } from "../pipeline/run-check.ts";
import type { Transcoder } from "../pipeline/transcoder.ts";
import type { Transcriber } from "../pipeline/transcriber.ts";
import type { Translator } from "../pipeline/translator.ts";
import type { WorkFolders } from "../pipeline/work-folders.ts";
import type { Clock } from "../runtime/clock.ts";
import { oneAtATime } from "../runtime/one-at-a-time.ts";
import { together } from "../runtime/together.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import { probeThrough } from "../sources/probe-link.ts";
import { defaultHostPolicy, type HostPolicy, reachableHosts } from "../sources/source-url.ts";
import type { Logger } from "../telemetry/logger.ts";
import { noTelemetry, type Telemetry } from "../telemetry/telemetry.ts";
import { callersPath } from "./callers-path.ts";
import { checkSpace } from "./disk-checks.ts";
import { egressBreaker } from "./egress-breaker.ts";
import { composeEngineVersions } from "./engine-versions.ts";
import { limitProbes } from "./limit-probes.ts";
import { loadAdapter } from "./load-adapter.ts";
import { lookMs } from "./reuse.ts";

/** The programs, and how they may reach sources. */
export interface EngineOptions {
  /** Folder for files that are being made. */
  readonly workDir: string;
  /**
   * Where programs are looked for, theirs too, as in `PATH`. It is the whole of what they see of the caller's environment.
   * Relative folders are left out, and the system's are added. Default: the caller's `PATH`.
   */
  readonly path?: string;
  /** Path or name of yt-dlp; `yt-dlp`. */
  readonly ytDlp?: string;
  /** Path or name of FFmpeg; `ffmpeg`. */
  readonly ffmpeg?: string;
  /** Path or name of ffprobe; `ffprobe`. */
  readonly ffprobe?: string;
  /** JavaScript runtime for yt-dlp. Default: what yt-dlp finds. */
  readonly jsRuntime?: JsRuntime;
  /** Keep yt-dlp loaded and fork it for each run, where it is a Python program; true. */
  readonly warm?: boolean;
  /** Folders of yt-dlp plugins. Default: none. */
  readonly pluginDirs?: readonly string[];
  /** Players of YouTube to try after yt-dlp's own choice. Default: none. */
  readonly playerClients?: readonly string[];
  /** Server that makes PO tokens, for a plugin among `pluginDirs`. Default: none. */
  readonly tokenProviderUrl?: string;
  readonly hosts?: HostPolicy;
  /** Proxy for all traffic to sources. */
  readonly proxyUrl?: string;
  /** Extra certificate authorities for sources, PEM. */
  readonly caFile?: string;
  /**
   * File with cookies for sources, in Netscape's form (`cookies.txt`). Each run of yt-dlp gets a private copy; what the site
   * changed is written back, unless the file is read-only.
   */
  readonly cookiesFile?: string;
  /** Longest video or clip, in seconds. Default: no limit. */
  readonly maxDurationSeconds?: number;
  /** Longest recording of a live stream, in seconds. Default: live streams are refused. */
  readonly liveSeconds?: number;
  /** Other machines go on with recordings of lost attempts: they are copied to the storage meanwhile; false. */
  readonly copiesRecordings?: boolean;
  /** What has to stay free on the disk of `workDir`, in bytes, so that jobs are taken; 0. It is checked, not enforced. */
  readonly reserveBytes?: number;
  /** Largest file that FFmpeg may write, in bytes. Default: no limit. */
  readonly maxFileBytes?: number;
  /** Connections over which one stream is fetched, where its origin gives parts of a file. Default: 4. */
  readonly connectionsPerStream?: number;
  /** How much may come from all sources together, in bytes a second. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** Index of Python packages that further versions of yt-dlp come from. Default: PyPI. */
  readonly engineIndex?: string;
  /** Look there for new versions twice a day; false. None is installed unless it is chosen. */
  readonly engineLook?: boolean;
  /** Server that translates captions. Default: none. */
  readonly libreTranslate?: LibreTranslateOptions;
  /** Server that transcribes speech. Default: none. */
  readonly speechToText?: TranscriberOptions;
  /** How egresses that sites turn away are held back. */
  readonly breaker?: BreakerOptions;
  /** How long what was found at a link is taken again, in milliseconds; 0: not at all. Default: 10 minutes. */
  readonly lookMs?: number;
  /** As what sites see this machine, where it has no proxy. Default: its name. */
  readonly address?: string;
}

const defaultLookMs = 600_000;

/** What the engine does its work for, and beside whom. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
  /** Where the version of yt-dlp is chosen. Absent: the one of the settings runs. */
  readonly choices?: ChoiceStore;
  /** The service whose egresses it shares. Absent: it has one of its own, with `proxyUrl` and `cookiesFile`. */
  readonly service?: Pick<ServiceDeps, "database" | "queue" | "signals" | "events" | "secretSupport">;
}

/** As many as a browser opens: enough for origins that throttle each connection, and harmless to others. */
const defaultConnections = 4;

/** Children yield to the process that holds their leases: a busy encoder must not starve the heartbeat. */
const niceness = 5;

/** More at once would not be faster; a client that would wait for more than a minute should retry later. */
const probeLimits = { atOnce: 4, atOnceEach: 3, waitingEach: 60 };

/** Everything that runs attempts, behind its ports. */
export interface ComposedEngine {
  readonly downloader: Downloader;
  readonly egresses: Egresses;
  /** Probes links, a few at a time. */
  readonly probe: ProbeLink;
  readonly transcoder: Transcoder;
  /** Absent: none is set up. */
  readonly translator?: Translator;
  /** Absent: none is set up. */
  readonly transcriber?: Transcriber;
  readonly workFolders: WorkFolders;
  /** Absent: recordings stay on their machine. */
  readonly recordings?: RecordingFiles;
  /** Maintenance of the engine itself. */
  readonly tasks?: readonly MaintenanceTask[];
  /** Checks the programs, the servers that are set up, and the disk. */
  check(signal?: AbortSignal): Promise<readonly Check[]>;
  close(): Promise<void>;
}

/** Puts the engine together: yt-dlp and FFmpeg behind the egress guard. The guard starts with the first use. */
export function composeEngine(settings: EngineOptions, { choices, service, ...deps }: EngineDeps): ComposedEngine {
  // Children run in folders of their own, so a path relative to ours would mean something else there.
  const options = {
    ...settings,
    workDir: resolve(settings.workDir),
    ytDlp: programPath(settings.ytDlp ?? "yt-dlp"),
    ffmpeg: programPath(settings.ffmpeg ?? "ffmpeg"),
    ffprobe: programPath(settings.ffprobe ?? "ffprobe"),
    path: searchPath(settings.path ?? callersPath()),
  };
  const upstreamCa = options.caFile === undefined ? undefined : readCaFile(options.caFile);
  if (options.cookiesFile !== undefined) {
    const problem = cookieFileProblem(options.cookiesFile);
    if (problem !== null) throw new ConfigError([`COOKIES_FILE: ${problem}`]);
  }
  const hosts = options.hosts ?? defaultHostPolicy;
  let egress: Promise<EgressGuard> | null = null;
  const startEgress = () => {
    const guard = {
      allowPrivateHosts: hosts.allowPrivateHosts,
      allowedHosts: reachableHosts(hosts) ?? undefined,
      logger: deps.logger,
      bytesPerSecond: options.bytesPerSecond,
      ...(upstreamCa === undefined ? {} : { upstreamCa }),
      ...(options.proxyUrl === undefined ? {} : { upstreamProxy: options.proxyUrl }),
    };
    egress ??= loadAdapter("PROXY_URL", ["socks"], () => startEgressGuard(guard)).catch((error: unknown) => {
      // Not cached: ports or descriptors may be exhausted temporarily.
      egress = null;
      if (!(error instanceof ConfigError)) throw error;
      throw new AppError("not_configured", error.problems.join(" "), { permanent: true, cause: error });
    });
    return egress;
  };
  const wrapperDir = join(options.workDir, ".guard");
  const programs = installWrappers(wrapperDir, { ffmpeg: options.ffmpeg, ffprobe: options.ffprobe });
  const workFolders = localWorkFolders({
    directory: join(options.workDir, "jobs"),
    worker: { name: nameWorker("folders"), mayStillRun },
  });
  const ytDlpOptions: Omit<YtDlpOptions, "binary"> = {
    ffmpegLocation: wrapperDir,
    direct: {
      dialThrough: async (proxyUrl) => {
        const guard = await startEgress();
        return guard.connectThrough(proxyUrl);
      },
      connections: options.connectionsPerStream ?? defaultConnections,
    },
    hostPolicy: hosts,
    probeDir: join(options.workDir, "probes"),
    playersDir: join(options.workDir, ".players"),
    limits: {
      maxDurationSeconds: options.maxDurationSeconds ?? null,
      liveSeconds: options.liveSeconds ?? null,
    },
    warm: options.warm ?? true,
    pluginDirs: (options.pluginDirs ?? []).map((directory) => resolve(directory)),
    playerClients: options.playerClients ?? [],
    ...(options.tokenProviderUrl === undefined ? {} : { tokenProviderUrl: options.tokenProviderUrl }),
    niceness,
    path: options.path,
    ...deps,
    ...(options.jsRuntime === undefined ? {} : { jsRuntime: absolute(options.jsRuntime) }),
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
  };
  const configured = ytDlp({ ...ytDlpOptions, binary: options.ytDlp });
  const versions =
    choices === undefined
      ? null
      : composeEngineVersions({
          ...{
            configured,
            choices,
            logger: deps.logger,
            installs: installsOf(options),
            looks: options.engineLook ?? false,
          },
          ...(deps.telemetry === undefined ? {} : { telemetry: deps.telemetry }),
          open: (program) => ytDlp({ ...ytDlpOptions, binary: program }),
        });
  const downloader = versions?.downloader ?? configured;
  const { cookiesFile } = options;
  const ownCookies = cookiesFile === undefined ? null : openCookieFile(resolve(cookiesFile), deps.logger);
  const keptMs = options.lookMs ?? defaultLookMs;
  const egresses =
    service === undefined
      ? directEgress({
          proxyUrl: async () => (await startEgress()).url,
          cookies: ownCookies,
          logger: deps.logger,
          ...(keptMs > 0 && { looks: memoryLooks(deps.clock, keptMs) }),
          ...(deps.telemetry === undefined ? {} : { telemetry: deps.telemetry }),
        })
      : shareEgresses(service, deps, {
          breaker: options.breaker ?? defaultBreaker,
          guard: startEgress,
          ownProxy: options.proxyUrl ?? null,
          ownCookies,
          keptMs,
          address: options.address ?? hostName(),
        });
  const lookAtWorkDisk = oneAtATime(async () => {
    await workFolders.check();
    return await workFolders.freeBytes();
  });
  const transcoder = ffmpegTranscoder({
    programs,
    path: options.path,
    logger: deps.logger,
    ...(deps.telemetry === undefined ? {} : { telemetry: deps.telemetry }),
    limits: { niceness, ...(options.maxFileBytes === undefined ? {} : { fileSizeBytes: options.maxFileBytes }) },
  });
  const translator = options.libreTranslate && libreTranslate(options.libreTranslate);
  const transcriber = options.speechToText && openAiTranscriber(options.speechToText);
  return {
    downloader,
    egresses,
    probe: limitProbes(probeThrough({ downloader, egresses }), probeLimits, deps.clock),
    transcoder,
    ...(translator && { translator }),
    ...(transcriber && { transcriber }),
    ...(options.copiesRecordings && { recordings: liveRecordingFiles() }),
    workFolders,
    tasks: versions?.tasks ?? [],
    check: async (signal) => {
      const parts = await together(signal ?? new AbortController().signal, [
        (either) => downloader.check(either),
        (either) => transcoder.check(either),
        async (either) => (await translator?.check(either)) ?? [],
        async (either) => (await transcriber?.check(either)) ?? [],
        async (either) => [await checkWorkDisk(lookAtWorkDisk, either, options.reserveBytes)],
      ]);
      return parts.flat();
    },
    close: async () => {
      versions?.close();
      configured.close();
      // A guard that failed to start needs no stop, and must not prevent the other steps.
      await (await egress?.catch(() => null))?.stop();
    },
  };
}

/** The versions of yt-dlp on this machine, besides the one that the settings name. */
export function installsOf({ workDir, ytDlp: configured, engineIndex, path }: EngineOptions): EngineInstalls {
  return engineInstalls({
    directory: join(resolve(workDir), ".engines"),
    index: engineIndex ?? "https://pypi.org/simple",
    configured: programPath(configured ?? "yt-dlp"),
    path: searchPath(path ?? callersPath()),
  });
}

/** The egresses of the service, each with a route of its own through the guard of this process. */
function shareEgresses(
  service: NonNullable<EngineDeps["service"]>,
  { clock, logger, telemetry = noTelemetry }: EngineDeps,
  own: {
    readonly breaker: BreakerOptions;
    readonly guard: () => Promise<EgressGuard>;
    readonly ownProxy: string | null;
    readonly ownCookies: CookieJar | null;
    readonly keptMs: number;
    readonly address: string;
  },
): Egresses {
  const deps = { ...service, clock, logger, telemetry };
  const secrets = service.secretSupport?.box ?? createSecretBox(() => Promise.resolve([]));
  const { keptMs } = own;
  // They hold signed links: without a key they do not leave the process.
  const shelves =
    service.secretSupport?.refused === null
      ? storedLooks({ ...deps, box: secrets }, keptMs)
      : memoryLooks(clock, keptMs);
  return pooledEgresses(deps, {
    breaker: own.breaker,
    secrets,
    ...(keptMs > 0 && { looks: { shelves, address: own.ownProxy ?? own.address } }),
    openWay: async ({ isDirect, proxyUrl, cookies }) => {
      const guard = await own.guard();
      const upstream = isDirect ? own.ownProxy : proxyUrl;
      const route = await loadAdapter("proxyUrl", ["socks"], () => guard.openRoute(upstream));
      return {
        proxyUrl: route.url,
        cookies: isDirect ? own.ownCookies : cookies && openCookieTexts(cookies, { clock, logger }),
        failure: route.failure,
        close: async () => route.close(),
      };
    },
  });
}

/** A bare name is looked for in the folders of `path`. */
const programPath = (written: string): string => (written.includes("/") ? resolve(written) : written);

const absolute = ({ name, path }: JsRuntime): JsRuntime => ({ name, path: programPath(path) });

function readCaFile(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (error) {
    throw new ConfigError([
      `CA_FILE: expected a file that can be read (${error instanceof Error ? error.message : error})`,
    ]);
  }
  throw new ConfigError(["CA_FILE: expected a file with certificates in PEM form"]);
}

async function checkWorkDisk(look: () => Promise<number>, signal: AbortSignal, reserve = 0): Promise<Check> {
  const fix = "Free space in WORK_DIR, or point it to another disk; it must be writable.";
  try {
    return checkSpace("disk", await unlessAborted(look(), signal), fix, reserve);
  } catch (error) {
    if (signal.aborted) return { name: "disk", status: "failed", detail: noAnswer, fix };
    return { name: "disk", status: "failed", detail: error instanceof Error ? error.message : "not writable", fix };
  }
}

/** The engine's options as the configuration says. */
export function engineOptions(config: Config): EngineOptions {
  const [name, ...path] = (config.VIDFERRY_JS_RUNTIME ?? "").split(":");
  return {
    workDir: config.WORK_DIR,
    reserveBytes: config.MIN_FREE_BYTES,
    ytDlp: config.VIDFERRY_YTDLP,
    warm: config.YTDLP_WARM === "on",
    pluginDirs: config.YTDLP_PLUGIN_DIRS ?? [],
    playerClients: config.PLAYER_CLIENTS,
    ...(config.POT_PROVIDER_URL === null ? {} : { tokenProviderUrl: config.POT_PROVIDER_URL }),
    connectionsPerStream: config.CONNECTIONS_PER_STREAM,
    engineIndex: config.ENGINE_INDEX,
    engineLook: config.ENGINE_LOOK === "on",
    ffmpeg: config.VIDFERRY_FFMPEG,
    ffprobe: config.VIDFERRY_FFPROBE,
    hosts: hostPolicy(config),
    ...(name === "deno" || name === "node" ? { jsRuntime: { name, path: path.join(":") } } : {}),
    breaker: egressBreaker(config),
    lookMs: lookMs(config),
    address: config.DIRECT_ADDRESS ?? config.MACHINE_NAME ?? hostName(),
    ...(config.PROXY_URL === null ? {} : { proxyUrl: config.PROXY_URL }),
    ...(config.LIBRETRANSLATE_URL === null
      ? {}
      : {
          libreTranslate: {
            url: config.LIBRETRANSLATE_URL,
            ...(config.LIBRETRANSLATE_API_KEY === null ? {} : { apiKey: config.LIBRETRANSLATE_API_KEY }),
          },
        }),
    ...(config.TRANSCRIBER_URL === null
      ? {}
      : {
          speechToText: {
            url: config.TRANSCRIBER_URL,
            ...(config.TRANSCRIBER_KEY === null ? {} : { key: config.TRANSCRIBER_KEY }),
            model: config.TRANSCRIBER_MODEL,
            timeoutMs: config.TRANSCRIBER_TIMEOUT_SECONDS * 1000,
          },
        }),
    ...(config.CA_FILE === null ? {} : { caFile: config.CA_FILE }),
    ...(config.COOKIES_FILE === null ? {} : { cookiesFile: config.COOKIES_FILE }),
    ...(config.MAX_FILE_BYTES === null ? {} : { maxFileBytes: config.MAX_FILE_BYTES }),
    ...(config.ALLOW_LIVE === "on" ? { liveSeconds: config.LIVE_MAX_SECONDS } : {}),
    // A SQLite file serves one machine only.
    copiesRecordings: !config.DATABASE_URL.startsWith("sqlite:"),
    ...(config.MAX_DURATION_SECONDS === null ? {} : { maxDurationSeconds: config.MAX_DURATION_SECONDS }),
  };
}

/** Which servers of the operator's the configuration names. */
function operatorServers(config: Config): OperatorServers {
  return { translator: config.LIBRETRANSLATE_URL !== null, transcriber: config.TRANSCRIBER_URL !== null };
}

/** What downloads may be, as the configuration says. */
export function submitPolicy(config: Config): SubmitPolicy {
  return { hosts: hostPolicy(config), maxAttempts: config.MAX_ATTEMPTS, servers: operatorServers(config) };
}

/** The host policy as the configuration says. */
export function hostPolicy(config: Config): HostPolicy {
  return { allowedHosts: config.ALLOWED_HOSTS, allowPrivateHosts: config.ALLOW_PRIVATE_HOSTS };
}
