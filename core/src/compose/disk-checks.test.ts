import { describe, expect, test } from "bun:test";
import { tempDir } from "@vidferry/testing";
import { checkDisk, checkDisks, checkSpace } from "./disk-checks.ts";

describe("a look at the disks", () => {
  test.each([
    [5_000_000_000, "ok", "5.0 GB free"],
    [400_000_000, "warning", "400 MB free"],
    [1_000_000, "failed", "1 MB free"],
    [0, "failed", "0 MB free"],
  ] as const)("with %d bytes free says %s", async (free, status, detail) => {
    const check = await checkDisk("storage disk", "/x", "Free some.", async () => free);
    expect(check).toEqual({ name: "storage disk", status, detail, ...(status === "ok" ? {} : { fix: "Free some." }) });
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
    const checks = await checkDisks(local);
    expect(checks.map(({ name }) => name)).toEqual(["database disk", "storage disk"]);
    for (const { detail } of checks) expect(detail).toMatch(/B free$/);
  });

  test("leaves disks of other machines to them", async () => {
    expect(await checkDisks({ DATABASE_URL: "postgres://db/x", STORAGE_URL: "s3://bucket" })).toEqual([]);
  });
});
