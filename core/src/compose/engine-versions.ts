import type { YtDlpDownloader } from "../adapters/engine/yt-dlp/index.ts";
import { changeChoice } from "../engines/change-choice.ts";
import { type ChoosingDownloader, chooseEngine } from "../engines/choose-engine.ts";
import { countRuns, type EngineChoice, firstChoice, wantedEngines } from "../engines/engine-choice.ts";
import type { EngineChoices } from "../engines/engine-choices.ts";
import type { EngineInstalls } from "../engines/engine-installs.ts";
import type { MaintenanceTask } from "../maintenance/task.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What {@link composeEngineVersions} puts together. */
export interface EngineVersionsOptions {
  readonly configured: YtDlpDownloader;
  /** A downloader on another yt-dlp. */
  readonly open: (program: string) => YtDlpDownloader;
  readonly choices: EngineChoices;
  readonly installs: EngineInstalls;
  /** Whether the index is looked at for new versions from time to time. */
  readonly looks: boolean;
  readonly logger: Logger;
}

/** The versions of yt-dlp of a worker. */
export interface EngineVersionsOfWorker {
  readonly downloader: ChoosingDownloader;
  /** Tells how runs ended, hears what is chosen, gets what is missing, and looks for what is new. */
  readonly tasks: readonly MaintenanceTask[];
  close(): void;
}

/** How soon a worker hears what is chosen, in milliseconds. */
const everyMs = 5_000;
/** How often the index is looked at, in milliseconds. */
const looksEveryMs = 12 * 3_600_000;

/** Runs attempts with the version that is chosen in the store, and counts there how they end. */
export function composeEngineVersions(options: EngineVersionsOptions): EngineVersionsOfWorker {
  const { configured, open, choices, installs, logger, looks } = options;
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
    choice = await changeChoice(choices, (one) => (outcomes.size === 0 ? one : countRuns(one, outcomes)));
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

  /** Notes what is new; an operator decides. */
  const look = async (signal: AbortSignal): Promise<void> => {
    const [newest] = await installs.available(signal);
    if (newest === undefined) return;
    await changeChoice(choices, (one) => (one.newest === newest ? one : { ...one, newest }));
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
      ...(looks ? [{ name: "engine-releases", oneLeader: true, everyMs: looksEveryMs, run: look }] : []),
    ],
    close: () => {
      for (const one of ready.values()) one.close();
      ready.clear();
    },
  };
}
