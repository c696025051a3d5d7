import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { newJob } from "@vidferry/testing/conformance";
import { BatchRequest } from "../../../batches/batch-request.ts";
import { Progress, Warning } from "../../../jobs/job.ts";
import { Media } from "../../../jobs/media.ts";
import { DownloadRequest, requestSchemaVersion } from "../../../jobs/request.ts";
import { Artifact } from "../../../library/artifact.ts";
import { openSqlite } from "../sqlite/bun.ts";
import { sqliteStore } from "../sqlite/index.ts";
import versionOne from "./fixtures/job-row-v1.json" with { type: "json" };
import versionTwo from "./fixtures/job-row-v2.json" with { type: "json" };
import versionThree from "./fixtures/job-row-v3.json" with { type: "json" };

type StoredRow = Record<string, unknown>;

/** A store over a file that holds this row, as the version that wrote it left it. */
async function storeWith(row: StoredRow) {
  const dir = await tempDir();
  const path = join(dir.path, "jobs.db");
  const migrating = sqliteStore({ path });
  await migrating.migrate();
  await migrating.close();
  const driver = openSqlite(path);
  const values = Object.values(row).map((value) =>
    typeof value === "object" && value ? JSON.stringify(value) : value,
  );
  const places = values.map(() => "?").join(", ");
  driver.rows(
    `insert into jobs (${Object.keys(row).join(", ")}) values (${places})`,
    values as (string | number | null)[],
  );
  driver.close();
  const store = sqliteStore({ path });
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe("rows of every version that ever landed", () => {
  test("a row of version 1 is a job that today's schemas accept, with the defaults of later fields", async () => {
    await using fixture = await storeWith(versionOne);
    const job = await fixture.store.jobs.get("job_0197f0a2b3c47d5e8f90a1b2c3d4e5f6", "ada");
    expect(job).toMatchObject({ state: "succeeded", attempt: 2, failures: 1, lostWorkers: 1, maxAttempts: 5 });
    const subtitles = { ...versionOne.request.subtitles, transcribe: "never" };
    expect(job?.request).toEqual({ ...versionOne.request, subtitles, exactCuts: false } as DownloadRequest);
    expect(DownloadRequest.parse(job?.request)).toEqual(job?.request as DownloadRequest);
    expect(Media.parse(job?.media)).toEqual(versionOne.media);
    expect(Progress.parse(job?.progress)).toEqual(versionOne.progress);
    expect(job?.warnings.map((warning) => Warning.parse(warning))).toEqual(versionOne.warnings);
    expect(job?.artifacts).toEqual(versionOne.artifacts as never);
    expect(job?.artifacts.map((artifact) => Artifact.parse(artifact))).toHaveLength(1);
    expect(job?.expiresAt).toEqual(new Date(1_780_086_700_000));
    const idempotency = { key: "a-key", fingerprint: "a-fingerprint" };
    expect((await fixture.store.jobs.create(newJob({ idempotency }))).kind).toBe("repeated");
  });

  test("a row of version 2 is a job that today's schemas accept, with the defaults of later fields", async () => {
    await using fixture = await storeWith(versionTwo);
    const job = await fixture.store.jobs.get("job_0197f0a2b3c47d5e8f90a1b2c3d4e5f8", "ada");
    const subtitles = { ...versionTwo.request.subtitles, transcribe: "never" };
    expect(job?.request).toEqual({ ...versionTwo.request, subtitles } as DownloadRequest);
    expect(DownloadRequest.parse(job?.request)).toEqual(job?.request as DownloadRequest);
  });

  test("a row of version 3 is a job that today's schemas accept unchanged", async () => {
    await using fixture = await storeWith(versionThree);
    const job = await fixture.store.jobs.get("job_0197f0a2b3c47d5e8f90a1b2c3d4e5f9", "ada");
    expect(job?.request).toEqual(versionThree.request as DownloadRequest);
    expect(DownloadRequest.parse(job?.request)).toEqual(job?.request as DownloadRequest);
  });

  test("the batch of a schedule is one that today's schemas accept, with the defaults of later fields", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const batch = BatchRequest.parse({ source: { url: "https://www.youtube.com/@sample" } });
    const id = `sch_${"0".repeat(32)}` as const;
    await using closing = new AsyncDisposableStack();
    const open = () => closing.adopt(sqliteStore({ path }), (store) => store.close());
    const before = open();
    await before.migrate();
    await before.schedules.insert({
      ...{ id, owner: "ada", name: "n", runAt: null, cron: "0 * * * *", timeZone: "UTC", nextRunAt: null },
      ...{ download: null, batch, onlyNew: true },
    });
    const driver = openSqlite(path);
    const old = JSON.stringify({ source: { url: batch.source?.url ?? null }, request: {} });
    driver.rows("update schedules set schema_version = 1, batch = ?", [old]);
    driver.close();
    expect((await open().schedules.get(id, "ada"))?.batch).toEqual(batch);
  });

  test("the fixture of the current version exists", () => {
    expect(versionThree.schema_version).toBe(requestSchemaVersion);
  });

  test("a row from before today's defaults is read with them", async () => {
    const request = { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ", thumbnail: "file" };
    await using fixture = await storeWith({ ...versionOne, schema_version: 0, request });
    const [job] = await fixture.store.jobs.list({ owner: "ada", limit: 1 });
    expect(job?.request).toEqual(DownloadRequest.parse(request));
    expect(job?.request.thumbnail).toBe("file");
  });

  test("a row that today's rules would refuse stays readable", async () => {
    const request = { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ", withdrawn: true };
    await using fixture = await storeWith({ ...versionOne, schema_version: 0, request });
    const [job] = await fixture.store.jobs.list({ owner: "ada", limit: 1 });
    expect(job?.request).toMatchObject(request);
  });

  test("the key of a request whose fingerprint was made with the defaults of its day still means that request", async () => {
    const url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
    // From before `chapters` and `metadata` were there to have defaults, say.
    const request = { url, priority: "low", labels: { b: "2", a: "1" }, thumbnail: "none" };
    const idempotency_fingerprint = "0a".repeat(32);
    await using fixture = await storeWith({ ...versionOne, request, idempotency_fingerprint });
    const again = (changes: object) => {
      const idempotency = { key: "a-key", fingerprint: "c1:of-what-the-client-wrote" };
      const now = DownloadRequest.parse({ url, labels: { a: "1", b: "2" }, priority: "low", ...changes });
      return fixture.store.jobs.create({ ...newJob({ idempotency }), request: now });
    };
    expect(await again({})).toMatchObject({ kind: "repeated", job: { id: versionOne.id } });
    expect(await again({ thumbnail: "file" })).toEqual({ kind: "conflict" });
    expect(await again({ labels: { a: "1" } })).toEqual({ kind: "conflict" });
  });
});
