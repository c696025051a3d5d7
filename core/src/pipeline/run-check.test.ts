import { expect, test } from "bun:test";
import { runCheck } from "./run-check.ts";

test("a check of a part that hangs ends with its signal, and names the part", async () => {
  const { promise: hangs, resolve: release } = Promise.withResolvers<void>();
  const waiting = new AbortController();
  const checked = runCheck("blobs", "Check STORAGE_URL.", () => hangs, waiting.signal);
  waiting.abort();
  expect(await checked).toEqual([
    { name: "blobs", status: "failed", detail: "does not answer in time", fix: "Check STORAGE_URL." },
  ]);
  release();
});
