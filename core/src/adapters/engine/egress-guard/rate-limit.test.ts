import { expect, test } from "bun:test";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { createRateLimit } from "./rate-limit.ts";

/** Writes so many bytes through a gate, and gives how long it took and what came out. */
async function pass(gate: ReturnType<ReturnType<typeof createRateLimit>["gate"]>, chunks: readonly Uint8Array[]) {
  const out = new PassThrough();
  const received: Uint8Array[] = [];
  out.on("data", (chunk: Uint8Array) => received.push(chunk));
  gate.pipe(out);
  for (const chunk of chunks) gate.write(chunk);
  gate.end();
  await once(out, "end");
  return Buffer.concat(received);
}

test("all connections together take no less time than the rate allows, and nothing is lost", async () => {
  const limit = createRateLimit(200_000);
  const chunks = Array.from({ length: 5 }, (_, index) => new Uint8Array(4_000).fill(index));
  const began = performance.now();
  const results = await Promise.all([pass(limit.gate(), chunks), pass(limit.gate(), chunks)]);
  // 40,000 bytes at 200,000 a second; timers may fire a little early.
  expect(performance.now() - began).toBeGreaterThan(180);
  for (const result of results) expect(result.equals(Buffer.concat(chunks))).toBe(true);
});
