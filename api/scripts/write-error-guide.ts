import { readFile, writeFile } from "node:fs/promises";
import { errorGuideModule } from "./error-guide.ts";

const read = (path: string): URL => new URL(path, import.meta.url);
const markdown = await readFile(read("../../docs/troubleshooting.md"), "utf8");
await writeFile(read("../src/modules/docs/generated/error-guide.ts"), errorGuideModule(markdown));
