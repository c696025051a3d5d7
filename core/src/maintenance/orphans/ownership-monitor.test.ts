import { expect, test } from "bun:test";
import { createHeldClock, createRecordingLogger, newFileKey, storeFile } from "@vidferry/testing";
import { createMemoryBlobStore, memoryStore } from "../../adapters/memory/index.ts";
import { storageLocation } from "./ownership.ts";
import { monitorOwnership } from "./ownership-monitor.ts";

test("a location without a mark is listed once a period, however often it is checked, and is used as soon as its mark is ours", async () => {
  const clock = createHeldClock();
  const logger = createRecordingLogger();
  const [store, blobs] = [memoryStore({ clock }), createMemoryBlobStore()];
  await storeFile(blobs, newFileKey());
  let lists = 0;
  const location = storageLocation({
    ...blobs,
    list: (prefix) => {
      lists += 1;
      return blobs.list(prefix);
    },
  });
  const monitor = monitorOwnership({ database: store, clock, logger }, location, 60_000);
  for (let round = 0; round < 60; round += 1) {
    expect((await monitor.check()).kind).toBe("unmarked");
    clock.advance(1_000);
  }
  expect([lists, logger.lines.length]).toEqual([1, 1]);
  expect((await monitor.check()).kind).toBe("unmarked");
  expect(lists).toBe(2);
  // As `doctor --orphans --adopt` does it.
  await blobs.mark.replace((await store.deployment()).id);
  expect([(await monitor.check()).kind, monitor.heldBack(), lists]).toEqual(["ours", null, 2]);
});

test("a location without a mark is claimed and reported although the clock was a month ahead for a while", async () => {
  const clock = createHeldClock();
  const logger = createRecordingLogger();
  const [store, blobs] = [memoryStore({ clock }), createMemoryBlobStore()];
  const key = await storeFile(blobs, newFileKey());
  const monitor = monitorOwnership({ database: store, clock, logger }, storageLocation(blobs), 60_000);
  const month = 30 * 86_400_000;
  clock.advance(month);
  expect((await monitor.check()).kind).toBe("unmarked");
  clock.advance(-month);
  await monitor.check();
  await blobs.remove([key]);
  clock.advance(3_600_000);
  expect([(await monitor.check()).kind, logger.lines.length]).toEqual(["ours", 1]);
});
