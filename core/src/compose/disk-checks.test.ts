import { describe, expect, test } from "bun:test";
import { tempDir } from "@vidferry/testing";
import { checkSpace, createDiskChecks } from "./disk-checks.ts";

const remote = { DATABASE_URL: "postgres://db/x", STORAGE_URL: "s3://bucket" };
const files = { ...remote, STORAGE_URL: "file:/x" };

describe("a look at the disks", () => {
  test.each([
    [5_000_000_000, "ok", "5.0 GB free"],
    [400_000_000, "warning", "400 MB free"],
    [1_000_000, "failed", "1 MB free"],
    [0, "failed", "0 MB free"],
  ] as const)("with %d bytes free says %s", async (free, status, detail) => {
    const [check] = await createDiskChecks(files, async () => free)();
    const fix = expect.stringContaining("STORAGE_URL");
    expect(check).toEqual({ name: "storage disk", status, detail, ...(status === "ok" ? {} : { fix }) });
  });

  test("fails where less is free than has to stay free, however much that is", () => {
    expect(checkSpace("disk", 5e9, "Free some.", 6e9)).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(/^5\.0 GB free, less than MIN_FREE_BYTES/),
    });
    expect(checkSpace("disk", 5e9, "Free some.", 5e9)).toMatchObject({ status: "ok" });
  });

  test("finds those of SQLite and of local results, also before their folders are there", async () => {
    await using dir = await tempDir("vidferry-disks");
    const local = { DATABASE_URL: `sqlite:${dir.path}/v.db`, STORAGE_URL: `file:${dir.path}/files` };
    const checks = await createDiskChecks(local)();
    expect(checks.map(({ name }) => name)).toEqual(["database disk", "storage disk"]);
    for (const { detail } of checks) expect(detail).toMatch(/B free$/);
  });

  test("leaves disks of other machines to them", async () => {
    expect(await createDiskChecks(remote)()).toEqual([]);
  });

  test("gives up on one that hangs, and asks it again only when it has answered", async () => {
    let reads = 0;
    const disk = Promise.withResolvers<number>();
    const check = createDiskChecks(files, () => {
      reads += 1;
      return disk.promise;
    });
    for (let round = 0; round < 3; round += 1) {
      const waiting = new AbortController();
      const looked = check(waiting.signal);
      waiting.abort();
      expect(await looked).toMatchObject([{ status: "failed", detail: "does not answer in time" }]);
    }
    expect(reads).toBe(1);
    disk.resolve(5e9);
    expect(await check()).toMatchObject([{ status: "ok" }]);
    expect(await check()).toMatchObject([{ status: "ok" }]);
    expect(reads).toBe(2);
  });
});
