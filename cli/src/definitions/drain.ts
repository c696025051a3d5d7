import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry drain`. */
export function defineDrain(root: CommandUnknownOpts, run: Run): void {
  root
    .command("drain")
    .summary("its workers finish or hand back their jobs, and end")
    .description(
      [
        "The workers of a host (its name, or MACHINE_NAME), or all of them, take no more jobs, let the running ones finish for",
        "DRAIN_SECONDS, hand back the rest without using up an attempt, and end: as on SIGTERM. Stop what would restart the",
        "workers (systemd, Compose) first. Needs the DATABASE_URL of the workers, and their REDIS_URL if they have one; a worker in",
        "one process with the API is stopped by SIGTERM.",
      ].join(" "),
    )
    .argument("[HOST]", "the host of the workers")
    .option("--all", "every worker")
    .action((host, { all = false }) =>
      run("drain", async (it) => (await import("../commands/drain.ts")).drainCommand({ host, all }, it)),
    );
}
