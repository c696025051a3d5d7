import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

// Makes the migration of both dialects from what has changed in the schema: `bun run migration what_it_does`.

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  throw new Error("Name the migration in small letters: bun run migration add_something");
}
const cwd = fileURLToPath(new URL("..", import.meta.url));
for (const dialect of ["sqlite", "postgres"]) {
  const args = [
    "x",
    "--no-install",
    "drizzle-kit",
    "generate",
    "--config",
    `drizzle.${dialect}.config.ts`,
    "--name",
    name,
  ];
  const { status } = spawnSync("bun", args, { cwd, stdio: "inherit" });
  if (status !== 0) throw new Error(`drizzle-kit could not make the migration for ${dialect}.`);
}
