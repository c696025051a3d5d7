import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sqliteStore } from "@vidferry/core/sqlite";
import { eventually, onlyWhole, programFile, tempDir } from "@vidferry/testing";
import { createMigratedDatabase, missingService, useService } from "@vidferry/testing/services";

const program = programFile(new URL("./testing/maintenance-main.ts", import.meta.url));
// Long enough that a short pause of a process on a busy machine does not cost its lease.
const everyMs = 1_000;

interface Step {
  readonly what: string;
  readonly pid: number;
}

/** Races two processes for the leadership of one task, kills the leader, and then ends the one that took over. */
async function race(database: string, folder: string): Promise<void> {
  const file = join(folder, "runs");
  const children: Bun.Subprocess[] = [];
  const start = () => {
    const child = Bun.spawn([process.execPath, program, database, file, String(everyMs)], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    children.push(child);
    return child;
  };
  const steps = async (): Promise<Step[]> => {
    const text = await readFile(file, "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => {
      const [what, pid] = line.split(" ");
      return what && pid ? [{ what, pid: Number(pid) }] : [];
    });
  };
  const runsOf = async (pid: number) =>
    (await steps()).filter((step) => step.what === "begin" && step.pid === pid).length;
  try {
    const both = [start(), start()];
    await eventually(async () => (await steps()).length > 0);
    const first = (await steps())[0]?.pid ?? 0;
    await eventually(async () => (await runsOf(first)) >= 4);
    expect(new Set((await steps()).map(({ pid }) => pid))).toEqual(new Set([first]));

    const [killed, heir] = both[0]?.pid === first ? both : both.toReversed();
    killed?.kill("SIGKILL");
    await killed?.exited;
    await eventually(async () => (await runsOf(heir?.pid ?? 0)) >= 2);

    const third = start();
    heir?.kill("SIGTERM");
    await heir?.exited;
    await eventually(async () => (await runsOf(third.pid)) >= 1);
    // No run overlaps another, except the one that was interrupted by the kill.
    const all = (await steps()).filter(({ pid }) => pid !== first);
    expect(all.map(({ what }) => what).slice(0, -1)).toEqual(
      all.slice(0, -1).map((_, index) => (index % 2 === 0 ? "begin" : "end")),
    );
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => child.exited));
  }
}

describe("maintenance in processes of their own", () => {
  test("two race for a task on SQLite: one leads it; killed, the other takes over", async () => {
    await using dir = await tempDir("vidferry-leaders");
    const path = join(dir.path, "jobs.db");
    const store = sqliteStore({ path });
    await store.migrate();
    await store.close();
    await race(path, dir.path);
  }, 120_000);

  // The lease of a task is the same call; how PostgreSQL gives it is what its conformance suite tries.
  onlyWhole(test.skipIf(missingService("postgres") !== undefined))(
    "two race for a task on PostgreSQL: one leads it; killed, the other takes over",
    async () => {
      await using dir = await tempDir("vidferry-leaders");
      await using database = await createMigratedDatabase(await useService("postgres"));
      await race(database.url, dir.path);
    },
    120_000,
  );
});
