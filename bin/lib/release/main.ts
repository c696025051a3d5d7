/**
 * The body of bin/release: from the changesets that wait, one version for all packages and a section of CHANGELOG.md.
 * It commits and publishes nothing; what it prints says how to go on.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseChangeset, releaseChangelog } from "./changelog.ts";

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) fail(`${[command, ...args].join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

function fail(reason: string): never {
  console.error(`release: ${reason}`);
  process.exit(1);
}

if (run("git", "status", "--porcelain") !== "") fail("commit or drop your changes first");
const waiting = readdirSync(".changeset").filter((name) => name.endsWith(".md") && name !== "README.md");
if (waiting.length === 0) fail("no changeset waits: `bun run changeset` makes one");
const entries = waiting.toSorted().map((name) => parseChangeset(name, readFileSync(`.changeset/${name}`, "utf8")));

run(process.execPath, "x", "--no-install", "--bun", "changeset", "version");
const { version } = JSON.parse(readFileSync("core/package.json", "utf8")) as { version: string };
const manifest = readFileSync("package.json", "utf8");
writeFileSync("package.json", manifest.replace(/("version": ")[^"]*/, `$1${version}`));
for (const path of ["sdk/jsr.json", "sdk/src/version.ts"])
  writeFileSync(path, readFileSync(path, "utf8").replace(/(version(?:":| =) ")[^"]*/, `$1${version}`));
const date = new Date().toISOString().slice(0, 10);
writeFileSync("CHANGELOG.md", releaseChangelog(readFileSync("CHANGELOG.md", "utf8"), entries, version, date));
run(process.execPath, "install", "--lockfile-only", "--ignore-scripts");
run(process.execPath, "run", "--cwd", "sdk", "generate");
// What clients rely on from now on: a test compares later versions with it.
copyFileSync("sdk/openapi.json", "api/openapi-released.json");

console.log(`${version}: read CHANGELOG.md, run bin/test, then
  git commit -am "release: ${version}" && git tag -s v${version} && git push --follow-tags`);
