import { sha256Hex } from "../runtime/sha256.ts";

/**
 * Canonical JSON of a value: names sorted at every depth, undefined values omitted, so that equal values have equal texts.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const said = Object.entries(value).filter(([, entry]) => entry !== undefined);
  const inOrder = said.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${inOrder.map(([name, entry]) => `${JSON.stringify(name)}:${canonicalJson(entry)}`).join(",")}}`;
}

/**
 * Tells whether a request that comes again under an idempotency key is the same. It is of what the client wrote, so that
 * a default that the schema gets later does not change it. The form goes before it, so that another may follow.
 */
export async function fingerprintOf(written: unknown): Promise<string> {
  return `c1:${await sha256Hex(canonicalJson(written))}`;
}
