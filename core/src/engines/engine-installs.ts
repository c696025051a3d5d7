/** A version of yt-dlp on the disk of this machine. */
export interface InstalledEngine {
  readonly version: string;
  /** Absolute path of the program. */
  readonly program: string;
}

/** The versions of yt-dlp that lie side by side on this machine, beside the one that the settings name. */
export interface EngineInstalls {
  /** Those that are complete, the newest first. */
  list(): Promise<readonly InstalledEngine[]>;
  /** Null: it is not here, or not complete. */
  find(version: string): Promise<InstalledEngine | null>;
  /**
   * Makes sure that a version is here. An install that is cut short at any point, also by `kill -9`, leaves nothing that `find` or
   * `list` shows. Several processes may install at once. Rejects with `not_found` where the index does not have the version,
   * `unavailable` where it cannot be asked, `tool_missing` where the version does not run here.
   */
  install(version: string, signal: AbortSignal): Promise<InstalledEngine>;
  /**
   * Notes that these versions are in use, and removes those that were not for so long, in milliseconds; gives what was removed. Half
   * of a version is never there to be run.
   */
  removeUnused(used: readonly string[], forMs: number): Promise<readonly string[]>;
  /** The versions that the index has, the newest first. */
  available(signal: AbortSignal): Promise<readonly string[]>;
}
