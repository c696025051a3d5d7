import type { OpenSqlite } from "./driver.ts";

/** The driver of this runtime: Bun has one of its own, Node (from 22) and Deno share one. */
export async function loadDriver(): Promise<OpenSqlite> {
  const driver = "Bun" in globalThis ? await import("./bun.ts") : await import("./node.ts");
  return driver.openSqlite;
}
