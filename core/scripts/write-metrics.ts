import { readFile, writeFile } from "node:fs/promises";
import { withMetrics } from "../src/adapters/prometheus/document.ts";

// Writes the table of metrics into docs/observability.md.
const page = new URL("../../docs/observability.md", import.meta.url);
await writeFile(page, withMetrics(await readFile(page, "utf8")));
