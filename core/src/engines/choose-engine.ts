import { isAppError } from "../errors/app-error.ts";
import type { Check, Downloader } from "../pipeline/downloader.ts";
import type { WorkFolder } from "../pipeline/work-folders.ts";
import {
  drawEngine,
  type EngineChoice,
  type EngineOutcomes,
  type EngineVersion,
  wantedEngines,
} from "./engine-choice.ts";
import { compareEngineVersions } from "./engine-version.ts";

/** What {@link chooseEngine} chooses from. */
export interface EngineChooser {
  /** The yt-dlp that the settings name. */
  readonly configured: Downloader;
  /** Another version, where it is ready on this machine. */
  readonly ready: (version: string) => Downloader | null;
  /** What is chosen, as last heard. */
  readonly choice: () => EngineChoice;
  /** A random number, 0 to 1. */
  readonly draw: () => number;
}

/** A downloader that runs each attempt with the version that is chosen. */
export interface ChoosingDownloader extends Downloader {
  /** How runs have ended since the last call. */
  takeOutcomes(): ReadonlyMap<EngineVersion, EngineOutcomes>;
}

/** What an engine that a site has outgrown runs into. That a video is private, or an address blocked, says nothing of the engine. */
const blamed: readonly string[] = [
  "source_error",
  "source_forbidden",
  "format_unavailable",
  "timed_out",
  "internal_error",
];
/** The version does not run at all. */
const broken: readonly string[] = ["tool_missing", "tool_outdated", "out_of_memory"];

/**
 * Chooses a version for each attempt, which keeps it to its end: by its work folder. Where the version is not ready on this machine
 * yet, the one of the settings runs.
 */
export function chooseEngine({ configured, ready, choice, draw }: EngineChooser): ChoosingDownloader {
  interface Drawn {
    readonly version: EngineVersion;
    readonly downloader: Downloader;
  }
  const drawn = new WeakMap<WorkFolder, Drawn>();
  let outcomes = new Map<EngineVersion, EngineOutcomes>();

  const take = (version: EngineVersion): Drawn => {
    const downloader = version === null ? configured : ready(version);
    return downloader === null ? { version: null, downloader: configured } : { version, downloader };
  };
  const of = (folder: WorkFolder): Drawn => {
    const known = drawn.get(folder) ?? take(drawEngine(choice(), draw()));
    drawn.set(folder, known);
    return known;
  };
  const count = (version: EngineVersion, kind: keyof EngineOutcomes) => {
    const before = outcomes.get(version) ?? { succeeded: 0, failed: 0 };
    outcomes.set(version, { ...before, [kind]: before[kind] + 1 });
  };
  const counted = async <T>({ version }: Drawn, signal: AbortSignal, run: Promise<T>): Promise<T> => {
    try {
      const result = await run;
      count(version, "succeeded");
      return result;
    } catch (error) {
      if (!signal.aborted && isAppError(error) && [...blamed, ...broken].includes(error.code)) count(version, "failed");
      throw error;
    }
  };

  return {
    probe: (url, options) => take(choice().current).downloader.probe(url, options),
    resolve: (request, options) => {
      const engine = of(options.folder);
      return counted(engine, options.signal, engine.downloader.resolve(request, options));
    },
    fetch: (resolution, options) => {
      const engine = of(options.folder);
      return counted(engine, options.signal, engine.downloader.fetch(resolution, options));
    },
    record: (resolution, options) => of(options.folder).downloader.record(resolution, options),
    forget: (folder) => of(folder).downloader.forget(folder),
    fetchSubtitles: (request, resolution, options) =>
      of(options.folder).downloader.fetchSubtitles(request, resolution, options),
    fetchThumbnail: (resolution, options) => of(options.folder).downloader.fetchThumbnail(resolution, options),
    version: (folder) => (folder === undefined ? take(choice().current) : of(folder)).downloader.version(folder),
    check: async (signal) => [
      ...(await configured.check(signal)),
      ...checkEngineChoice(choice(), (version) => ready(version) !== null, await configured.version()),
    ],
    takeOutcomes: () => {
      const taken = outcomes;
      outcomes = new Map();
      return taken;
    },
  };
}

/**
 * What health says of the choice; nothing while there is none.
 * @param isReady whether a version can run on this machine
 * @param own the version of the yt-dlp that the settings name
 */
export function checkEngineChoice(
  choice: EngineChoice,
  isReady: (version: string) => boolean,
  own: string | null,
): Check[] {
  const { current, trial, left, newest } = choice;
  const version = current ?? own;
  const isOut = newest !== undefined && version !== null && compareEngineVersions(newest, version) > 0;
  const missing = wantedEngines(choice).filter((version) => !isReady(version));
  if (current === null && trial === null && left === null && !isOut) return [];
  const used = `${current ?? "the yt-dlp of the settings"} is used`;
  const tried =
    trial === null ? "" : `, ${trial.version} is tried on ${Math.round(trial.share * 100)} % of the attempts`;
  const name = "engine";
  if (missing.length > 0)
    return [
      {
        ...{ name, status: "warning", detail: `${used}${tried}; ${missing.join(", ")} is not on this machine yet` },
        fix: "It is installed within a minute where ENGINE_INDEX can be reached; the log says what goes wrong.",
      },
    ];
  if (left !== null)
    return [
      {
        ...{ name, status: "warning", detail: `${used}${tried}; ${left.version} was left: ${left.reason}` },
        fix: "Look at the errors of its attempts, and try a newer version: vidferry engine use VERSION.",
      },
    ];
  return [{ name, status: "ok", detail: `${used}${tried}${isOut ? `; ${newest} is out` : ""}` }];
}
