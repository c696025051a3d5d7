import { packagedMigrations } from "../src/adapters/sql/shared/packaged-migrations.ts";

/** Puts what the sources load beside them, and the compiler leaves out, beside what it made. */
const sources = `${import.meta.dirname}/../src`;
const built = `${import.meta.dirname}/../dist`;
for (const path of new Bun.Glob("**/*").scanSync({ cwd: sources })) {
  if (path.endsWith(".ts") || path.includes("fixtures/")) continue;
  await Bun.write(`${built}/${path}`, Bun.file(`${sources}/${path}`));
}

// A database has to be made by programs too that were bundled into one file.
const migrations = { sqlite: packagedMigrations("sqlite"), postgres: packagedMigrations("postgres") };
await Bun.write(
  `${built}/adapters/sql/shared/packaged-migrations.js`,
  `const migrations = ${JSON.stringify(migrations)};\nexport const packagedMigrations = (dialect) => migrations[dialect];\n`,
);
