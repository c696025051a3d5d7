/**
 * A process that runs maintenance with one task, which logs the begin and the end of each run to a file.
 * Arguments: the database (a path for SQLite, else a URL), the file, the task's period in ms.
 * @module
 */
import { appendFileSync } from "node:fs";
import { noTelemetry, startMaintenance } from "@vidferry/core";
import { postgresStore } from "@vidferry/core/postgres";
import { sqliteStore } from "@vidferry/core/sqlite";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";

const [database = "", file = "", every = ""] = process.argv.slice(2);
const clock = systemClock;
const store = database.startsWith("postgres:") ? postgresStore({ url: database }) : sqliteStore({ path: database });
const say = (what: string) => appendFileSync(file, `${what} ${process.pid}\n`);
const maintenance = startMaintenance(
  { clock, database: store, logger: createSilentLogger(), ids: createIdGenerator(), telemetry: noTelemetry },
  [
    {
      name: "race",
      oneLeader: true,
      everyMs: Number(every),
      run: async () => {
        say("begin");
        await clock.sleep(20);
        say("end");
      },
    },
  ],
);
process.on("SIGTERM", async () => {
  await maintenance.stop();
  await store.close();
  process.exit();
});
