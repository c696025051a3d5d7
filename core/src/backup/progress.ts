/** How far a backup or a restore is. */
export interface BackupProgress {
  readonly step: "files" | "database" | "pruning";
  /** Files that were looked at so far. */
  readonly files: number;
  /** Bytes that had to be copied so far. */
  readonly copiedBytes: number;
}
