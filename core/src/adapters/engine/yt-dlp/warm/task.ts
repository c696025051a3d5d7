/** One run of yt-dlp, as sent to a process that has loaded it. */
export interface WarmTask {
  readonly args: readonly string[];
  /** Before these: arguments of a run that reports by its hooks. */
  readonly reporting: readonly string[];
  /** In place of those: arguments of a run that prints the lines of the hooks, since this yt-dlp lacks them. */
  readonly printing: readonly string[];
  /** Plugin modules that run before yt-dlp; one that fails ends the run. */
  readonly plugins: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** No file it writes may grow beyond this; null: no limit. */
  readonly fileSizeBytes: number | null;
  /** Added to the niceness of this process: 0 to 19. */
  readonly niceness: number;
  /** File for the standard output, mode 0600; null: this process reads it. */
  readonly stdoutFile: string | null;
}
