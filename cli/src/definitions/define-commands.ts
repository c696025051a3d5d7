import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { defineAccounts } from "./accounts.ts";
import { defineBackup, defineRestore } from "./backup.ts";
import { defineBatches } from "./batches.ts";
import { defineCompletion } from "./completion.ts";
import { defineDoctor } from "./doctor.ts";
import { defineDownload } from "./download.ts";
import { defineDrain } from "./drain.ts";
import { defineEgresses } from "./egresses.ts";
import { defineEngine } from "./engine.ts";
import { defineJobs } from "./jobs.ts";
import { defineKeys } from "./keys.ts";
import { defineMcp } from "./mcp.ts";
import { defineProbe } from "./probe.ts";
import { defineRemote } from "./remote.ts";
import { defineSchedules } from "./schedules.ts";
import { defineServices } from "./services.ts";
import { defineVersion } from "./version.ts";

/**
 * Every command, in the order of the help. A command is a file here with its options and their help, which imports nothing
 * of what the command does; that is in `commands/`, imported when it runs.
 */
export function defineCommands(root: CommandUnknownOpts, run: Run): void {
  root.commandsGroup("Download:");
  defineDownload(root, run);
  defineProbe(root, run);
  defineRemote(root, run);
  root.commandsGroup("Serve:");
  defineServices(root, run);
  defineMcp(root, run);
  root.commandsGroup("Look after a service:");
  defineJobs(root, run);
  defineBatches(root, run);
  defineSchedules(root, run);
  defineAccounts(root, run);
  defineKeys(root, run);
  defineDrain(root, run);
  defineEngine(root, run);
  defineEgresses(root, run);
  defineBackup(root, run);
  defineRestore(root, run);
  defineDoctor(root, run);
  root.commandsGroup("Help:");
  defineCompletion(root, run);
  defineVersion(root, run);
}
