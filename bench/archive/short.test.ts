import { expect, test } from "bun:test";
import { checkArchive, faultsOf } from "./archive.ts";

test("the archive of a batch is whole for another reader, with a large file and many of one name", async () => {
  const size = { largeBytes: 40 * 1024 ** 2 + 7, jobs: 30, filesEach: 4 };
  expect(faultsOf(await checkArchive(size), size)).toEqual([]);
}, 120_000);
