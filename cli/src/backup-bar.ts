import type { BackupProgress } from "@vidferry/core";
import type { Terminal } from "@vidferry/core/program";
import { fileSize } from "./file-size.ts";
import { barLine } from "./terminal/bar.ts";
import { createLiveArea } from "./terminal/live-area.ts";
import { standardScreen } from "./terminal/screen.ts";

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
  const screen = standardScreen();
  const area = createLiveArea(screen);
  const share = (files: number): number => (total < 1 ? 0 : (Math.min(files, total) / total) * 100);
  return {
    show: (progress) => area.draw([barLine(share(progress.files), describe(progress), screen.columns)]),
    stop: area.end,
  };
}
