import type { YtDlpDownloader } from "../adapters/engine/yt-dlp/index.ts";
import type { Actor } from "../audit/audit.ts";
import { type ChoiceStore, changeChoice } from "../engines/change-choice.ts";
import { type ChoosingDownloader, chooseEngine } from "../engines/choose-engine.ts";
import { countRuns, type EngineChoice, firstChoice, wantedEngines } from "../engines/engine-choice.ts";
import type { EngineInstalls } from "../engines/engine-installs.ts";
import type { MaintenanceTask } from "../maintenance/task.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** What {@link composeEngineVersions} puts together. */
export interface EngineVersionsOptions {
  readonly configured: YtDlpDownloader;
  /** A downloader on another yt-dlp. */
  readonly open: (program: string) => YtDlpDownloader;
  readonly choices: ChoiceStore;
  readonly installs: EngineInstalls;
  /** Whether the index is looked at for new versions from time to time. */
  readonly looks: boolean;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
}

/** The versions of yt-dlp of a worker. */
export interface EngineVersionsOfWorker {
  readonly downloader: ChoosingDownloader;
  /** Tells how runs ended, hears what is chosen, gets what is missing, and looks for what is new. */
  readonly tasks: readonly MaintenanceTask[];
  close(): void;
}

const service: Actor = { via: "service", owner: null, keyId: null, requestId: null };
/** How soon a worker hears what is chosen, in milliseconds. */
const everyMs = 5_000;
/** How often versions are removed that nobody uses, in milliseconds. */
const cleansEveryMs = 3_600_000;
/** A version that was not chosen for so long is removed: longer than any attempt runs with it, in milliseconds. */
const unusedMs = 7 * 86_400_000;
/** How often the index is looked at, in milliseconds. */
const looksEveryMs = 12 * 3_600_000;

/** Runs attempts with the version that is chosen in the store, and counts there how they end. */
export function composeEngineVersions(options: EngineVersionsOptions): EngineVersionsOfWorker {
  const { configured, open, choices, installs, logger, looks, telemetry } = options;
  const ready = new Map<string, YtDlpDownloader>();
  let choice: EngineChoice = firstChoice;
  const downloader = chooseEngine({
    configured,
    ready: (version) => ready.get(version) ?? null,
    choice: () => choice,
    draw: Math.random,
  });

  const hear = async (): Promise<void> => {
    const outcomes = downloader.takeOutcomes();
    const before = choice;
    for (const [version, counts] of outcomes)
      for (const outcome of ["succeeded", "failed"] as const)
        telemetry?.happened("engine-ran", { version: version ?? "settings", outcome, runs: counts[outcome] });
    choice = await changeChoice(choices, service, (one) => (outcomes.size === 0 ? one : countRuns(one, outcomes)));
    if (choice.left !== null && before.left?.version !== choice.left.version)
      logger.warn("a version of yt-dlp was left", choice.left);
    if (choice.current !== before.current)
      logger.info("another yt-dlp is used", { version: choice.current ?? "the one of the settings" });
  };

  const fetchMissing = async (signal: AbortSignal): Promise<void> => {
    const wanted = wantedEngines(choice);
    for (const version of wanted) {
      if (ready.has(version)) continue;
      const { program } = await installs.install(version, signal);
      ready.set(version, open(program));
      logger.info("a yt-dlp is ready", { version, program });
    }
    for (const [version, one] of ready) {
      if (wanted.includes(version)) continue;
      ready.delete(version);
      // Attempts that run with it go on.
      one.close();
    }
  };

  const clean = async (): Promise<void> => {
    await hear();
    for (const version of await installs.removeUnused(wantedEngines(choice), unusedMs))
      logger.info("a yt-dlp that nobody uses was removed", { version });
  };

  /** Notes what is new; an operator decides. */
  const look = async (signal: AbortSignal): Promise<void> => {
    const [newest] = await installs.available(signal);
    if (newest === undefined) return;
    await changeChoice(choices, service, (one) => (one.newest === newest ? one : { ...one, newest }));
  };

  return {
    downloader,
    tasks: [
      {
        name: "engine-versions",
        everyMs,
        run: async (signal) => {
          await hear();
          await fetchMissing(signal);
        },
      },
      { name: "engine-cleanup", everyMs: cleansEveryMs, run: clean },
      ...(looks ? [{ name: "engine-releases", oneLeader: true, everyMs: looksEveryMs, run: look }] : []),
    ],
    close: () => {
      for (const one of ready.values()) one.close();
      ready.clear();
    },
  };
}
