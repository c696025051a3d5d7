import type { BackupProgress } from "@vidferry/core";
import type { Terminal } from "@vidferry/core/program";
import { Presets, SingleBar } from "cli-progress";
import { fileSize } from "./file-size.ts";

/** Shows how far a backup or a restore is: a bar on a terminal, a line at each step elsewhere. */
export interface BackupBar {
  show(progress: BackupProgress): void;
  stop(): void;
}

const steps = { files: "copying files", database: "copying the database", pruning: "removing old backups" } as const;

export function createBackupBar(terminal: Terminal, total: number): BackupBar {
  let last = "";
  const describe = ({ step, files, copiedBytes }: BackupProgress): string =>
    `${steps[step]}: ${files} files seen, ${fileSize(copiedBytes)} copied`;
  if (!terminal.interactive) {
    return {
      show: (progress) => {
        if (progress.step !== last) terminal.note(describe(progress));
        last = progress.step;
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar(
    { format: "{bar} {percentage}%  {detail}", hideCursor: true, barsize: 24, clearOnComplete: true, fps: 8 },
    Presets.shades_classic,
  );
  bar.start(Math.max(1, total), 0, { detail: "" });
  return {
    show: (progress) => bar.update(Math.min(progress.files, total), { detail: describe(progress) }),
    stop: () => bar.stop(),
  };
}
