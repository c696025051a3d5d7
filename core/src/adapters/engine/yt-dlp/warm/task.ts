/** One run of yt-dlp, as a process that has loaded it is told. */
export interface WarmTask {
  readonly args: readonly string[];
  /** Modules that are run before yt-dlp is; one that fails ends the run. */
  readonly plugins: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** No file it writes may grow beyond this; null: no limit. */
  readonly fileSizeBytes: number | null;
  /** Added to the niceness of this process: 0 to 19. */
  readonly niceness: number;
  /** File that takes the standard output, readable to us alone; null: it is read by us. */
  readonly stdoutFile: string | null;
}
