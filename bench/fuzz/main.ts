/**
 * The body of bin/fuzz: schemathesis with all its checks against a running service, on each database, with a key and without.
 */
import { parseArgs } from "node:util";
import { createTestDatabase, startPostgres } from "@vidferry/testing/services";
import { orUsage } from "../../bin/lib/usage.ts";
import { type FuzzPass, fuzz } from "./run.ts";

const help = `bin/fuzz: whether every answer of a running service is as the OpenAPI document says

  --cases N        requests for each pass, about; default 3000
  --database NAME  sqlite or postgres; default: both
  --seed N         repeats the run that printed it`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: {
      cases: { type: "string", default: "3000" },
      database: { type: "string", default: "" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
    },
  }),
);
const [wanted, seed] = [Number(values.cases), Number(values.seed)];
const databases = ["sqlite", "postgres"].filter((name) => name.startsWith(values.database));
const startedAt = Date.now();
const sum = { cases: 0, failed: 0 };

async function pass(name: string, rest: Pick<FuzzPass, "databaseUrl" | "withKey">): Promise<void> {
  // Most cases are of the coverage phase, whose number the document gives. Without a key all operations answer the same.
  const examples = rest.withKey ? Math.max(5, Math.ceil(wanted / 300)) : 2;
  const onProgress = (line: string): void => console.log(`${name}: ${line}`);
  const phases = "examples,coverage,fuzzing,stateful";
  const outcome = await fuzz({ ...rest, role: "serve", examples, phases, seed, watchdogMs: 1_800_000, onProgress });
  sum.cases += outcome.cases;
  sum.failed += Number(outcome.failed);
  if (outcome.failed) console.log(outcome.output);
  console.log(`${name}: ${outcome.cases} cases, ${outcome.failed ? "BREACHES" : "no breach"}`);
}

for (const name of databases) {
  const server = name === "postgres" ? await startPostgres() : null;
  try {
    for (const withKey of [true, false]) {
      await using database = server === null ? null : await createTestDatabase(server.url);
      await pass(`${name}, ${withKey ? "with" : "without"} a key`, { databaseUrl: database?.url ?? null, withKey });
    }
  } finally {
    await server?.stop();
  }
}
const seconds = Math.round((Date.now() - startedAt) / 1000);
const verdict = sum.failed === 0 ? "no answer breaks the document" : `${sum.failed} passes with BREACHES`;
console.log(`${sum.cases} cases in ${seconds} s, seed ${seed}: ${verdict}`);
process.exit(sum.failed === 0 && sum.cases >= wanted ? 0 : 1);
