import type { OpenSqlite } from "./driver.ts";

/** Loads the driver of this runtime: `bun:sqlite` on Bun, `node:sqlite` on Node (22 or newer) and Deno. */
export async function loadDriver(): Promise<OpenSqlite> {
  const driver = "Bun" in globalThis ? await import("./bun.ts") : await import("./node.ts");
  return driver.openSqlite;
}
