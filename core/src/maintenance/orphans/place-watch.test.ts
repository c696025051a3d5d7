import { expect, test } from "bun:test";
import { createHeldClock, createRecordingLogger, newFileKey, storeFile } from "@vidferry/testing";
import { createMemoryBlobStore, memoryStore } from "../../adapters/memory/index.ts";
import { storagePlace } from "./ownership.ts";
import { watchPlace } from "./place-watch.ts";

test("a place without a mark is listed once a period, however often it is looked at, and taken as soon as its mark is ours", async () => {
  const clock = createHeldClock();
  const logger = createRecordingLogger();
  const [store, blobs] = [memoryStore({ clock }), createMemoryBlobStore()];
  await storeFile(blobs, newFileKey());
  let lists = 0;
  const place = storagePlace({
    ...blobs,
    list: (prefix) => {
      lists += 1;
      return blobs.list(prefix);
    },
  });
  const watch = watchPlace({ store, clock, logger }, place, 60_000);
  for (let look = 0; look < 60; look += 1) {
    expect((await watch.look()).kind).toBe("unmarked");
    clock.advance(1_000);
  }
  expect([lists, logger.lines.length]).toEqual([1, 1]);
  expect((await watch.look()).kind).toBe("unmarked");
  expect(lists).toBe(2);
  // As `doctor --orphans --adopt` does it.
  await blobs.mark.replace((await store.deployment()).id);
  expect([(await watch.look()).kind, watch.heldBack(), lists]).toEqual(["ours", null, 2]);
});
