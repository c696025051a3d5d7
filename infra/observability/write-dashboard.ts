import { mkdir, writeFile } from "node:fs/promises";
import { dashboardFile, dashboardText } from "./dashboard.ts";

await mkdir(new URL(".", dashboardFile), { recursive: true });
await writeFile(dashboardFile, dashboardText());
