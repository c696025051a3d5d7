// A program that keeps jobs in a file, to be bundled into one file: it makes the database, and reads what it wrote.
import { memoryEventLog } from "@vidferry/core/memory";
import { sqliteStore } from "@vidferry/core/sqlite";
import { systemClock } from "@vidferry/core/system";

const store = sqliteStore({ path: process.argv.at(-1), clock: systemClock });
const events = memoryEventLog({ clock: systemClock });
await store.check();
console.log(JSON.stringify({ jobs: await store.jobs.countByState() }));
await events.close();
await store.close();
