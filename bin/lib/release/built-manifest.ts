import { readFile, writeFile } from "node:fs/promises";

/**
 * Leaves of the manifest that the compiler put beside what it made (for programs show their version) nothing but that: a second
 * whole one would confuse bundlers. Run it in the folder of the package.
 */
const { type, version } = JSON.parse(await readFile("package.json", "utf8")) as { type: string; version: string };
await writeFile("dist/package.json", `${JSON.stringify({ type, version })}\n`);
