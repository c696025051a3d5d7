import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

/** The commands that run the service or a part of it; they take no options, only settings. */
export function defineServices(root: CommandUnknownOpts, run: Run): void {
  root
    .command("demo")
    .description("shows the whole service at work, on this machine alone")
    .action(() =>
      run("demo", async ({ config, terminal, signals }) =>
        (await import("../commands/demo.ts")).demoCommand(config(), terminal, signals.stop),
      ),
    );
  root
    .command("serve")
    .description("API and worker in one process")
    .action(() =>
      run("serve", async ({ config, ...program }) =>
        (await import("../commands/serve.ts")).serveCommand(config(), program),
      ),
    );
  root
    .command("api")
    .description("the API alone, with DATABASE_URL, REDIS_URL and STORAGE_URL")
    .action(() =>
      run("api", async ({ config, ...program }) => (await import("@vidferry/api")).apiProgram(config(), program)),
    );
  root
    .command("worker")
    .description("a worker alone, with DATABASE_URL, REDIS_URL and STORAGE_URL")
    .action(() =>
      run("worker", async ({ config, ...program }) =>
        (await import("@vidferry/worker")).workerProgram(config(), program),
      ),
    );
  root
    .command("migrate")
    .description("brings the database to this version")
    .action(() =>
      run("migrate", async ({ config, terminal }) =>
        (await import("../commands/migrate.ts")).migrateCommand(config(), terminal),
      ),
    );
}
