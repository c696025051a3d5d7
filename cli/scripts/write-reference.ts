import { readFile, writeFile } from "node:fs/promises";
import { commandTree } from "../src/command-line/command-line.ts";
import { withReference } from "../src/reference/reference-page.ts";

// Renews the reference of commands in docs/cli.md: bun cli/scripts/write-reference.ts
const page = new URL("../../docs/cli.md", import.meta.url);
const root = commandTree(async () => undefined);
await writeFile(page, withReference(await readFile(page, "utf8"), root));
