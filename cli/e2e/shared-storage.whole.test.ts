import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "@vidferry/testing";
import { runInProcess } from "../src/testing/run-in-process.ts";
import { runCommand } from "./command.ts";
import { filesBelow, type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 400_000;

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ env: { ORPHAN_SECONDS: "10" } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

/** A task of the maintenance, as health tells of it. */
async function taskOf(service: Service, name: string): Promise<Check | undefined> {
  const health = (await (await fetch(`${service.url}/health/detailed`)).json()) as { checks: Check[] };
  return health.checks.find((check) => check.name === `maintenance: ${name}`);
}

/** Waits until a task has run so many times more. */
async function runsOf(service: Service, name: string, times: number): Promise<void> {
  const last = async () => /last succeeded ([^)]*)/.exec((await taskOf(service, name))?.detail ?? "")?.[1];
  for (let time = 0; time < times; time += 1) {
    const before = await last();
    await eventually(async () => ![undefined, before].includes(await last()), {
      timeoutMs: 120_000,
      intervalMs: 2_000,
    });
  }
}

describe("a second deployment with an empty database on the same storage and work folder", () => {
  test(
    "deletes nothing there and says so in health, until an operator gives them to it and goes through with it",
    async () => {
      const files = () => filesBelow(join(scene.home, "data/files/jobs"));
      const doctor = async (env: Readonly<Record<string, string>>, ...args: string[]) => {
        const { exitCode, out, notes } = await runInProcess(["doctor", "--orphans", ...args], { ...scene.env, ...env });
        return { exitCode, stdout: out.join("\n"), stderr: notes.join("\n") };
      };
      const mistyped = { DATABASE_URL: `sqlite:${scene.home}/data/vidfery.db` };

      let stored: string[] = [];
      let paused = "";
      {
        await using first = await startService(scene);
        const request = { url: scene.youtube.url("muxedOnly01") };
        await first.run(request);
        await first.run(request);
        const { id } = await first.submit({ url: scene.youtube.url("slowVideo01") });
        paused = join(scene.home, "data/work/jobs", id);
        await eventually(async () => (await filesBelow(paused)).some((file) => file.endsWith(".part")), {
          timeoutMs: 60_000,
        });
        expect((await first.post(`/downloads/${id}/pause`)).status).toBe(200);
        stored = await files();
        expect(stored).toHaveLength(2);

        await using second = await startService(scene, mistyped);
        await Promise.all([runsOf(second, "orphaned-files", 2), runsOf(second, "work-folders", 2)]);
        for (const [task, variable] of [
          ["storage-mark", "STORAGE_URL"],
          ["work-folders", "WORK_DIR"],
        ] as const) {
          const check = await taskOf(second, task);
          expect(check).toMatchObject({ status: "warning", fix: expect.stringContaining(variable) });
          expect(check?.detail).toContain("belongs to another deployment");
        }
        for (const task of ["storage-mark", "orphaned-files", "work-folders"]) {
          expect(await taskOf(first, task)).toMatchObject({ status: "ok" });
        }
        // Killed, it would keep the next one from its tasks for as long as its leases last.
        expect(await second.end("SIGTERM")).toBe(0);
      }
      expect(await files()).toEqual(stored);
      expect(await filesBelow(paused)).not.toEqual([]);

      const look = await doctor(mistyped);
      expect([look.exitCode, look.stderr]).toEqual([0, ""]);
      expect(look.stdout).toMatch(/^STORAGE_URL +is another deployment's \(dep_/m);
      expect(look.stdout).toMatch(/^orphans +2 files that no job names/m);
      expect(look.stdout).toContain(stored[0] ?? "");
      expect(look.stdout).toMatch(/^the service +deletes nothing: the storage is not this deployment's/m);
      const refused = await doctor(mistyped, "--delete");
      expect([refused.exitCode, await files()]).toEqual([1, stored]);
      expect(refused.stderr).toContain("nothing was deleted");

      const adopted = await doctor(mistyped, "--adopt");
      expect(adopted.stdout).toMatch(/^adopted +STORAGE_URL/m);
      expect(adopted.stdout).toMatch(/^adopted +WORK_DIR/m);
      expect(adopted.stdout).toMatch(/^the service +deletes no file: these are more than ORPHAN_MAX_SHARE/m);
      {
        await using second = await startService(scene, mistyped);
        await runsOf(second, "orphaned-files", 2);
        expect(await taskOf(second, "orphaned-files")).toMatchObject({
          status: "warning",
          detail: expect.stringContaining("2 of 2 stored files"),
        });
        expect(await taskOf(second, "storage-mark")).toMatchObject({ status: "ok" });
      }
      expect(await files()).toEqual(stored);
      const mine = await doctor({});
      expect(mine.stdout).toMatch(/^STORAGE_URL +is another deployment's/m);
      expect(mine.stdout).toMatch(/^orphans +0 files/m);

      const deleted = await doctor(mistyped, "--delete");
      expect([deleted.exitCode, await files()]).toEqual([0, []]);
      expect(deleted.stdout).toMatch(/^deleted +2 files/m);
    },
    limitMs,
  );

  test(
    "doctor --orphans makes no database where there is none",
    async () => {
      const cwd = await scene.folder("nowhere");
      const env = { ...scene.env, DATABASE_URL: "sqlite:./typo.db", STORAGE_URL: "file:./files", WORK_DIR: "./work" };
      const { exitCode, stderr } = await runCommand(["doctor", "--orphans", "--adopt"], { cwd, env });
      expect(exitCode).toBe(78);
      expect(stderr).toContain("DATABASE_URL: there is no database at ./typo.db");
      expect(await filesBelow(cwd)).toEqual([]);
    },
    limitMs,
  );

  test(
    "doctor --orphans explains itself, and refuses what it does not know",
    async () => {
      const asked = [["--help"], ["--remove"], ["--adopt", "--delete"]];
      const ends = await Promise.all(
        asked.map((args) => runCommand(["doctor", "--orphans", ...args], { cwd: scene.home, env: scene.env })),
      );
      expect(ends.map(({ exitCode }) => exitCode)).toEqual(asked.map(([option]) => (option === "--help" ? 0 : 2)));
      for (const { stdout, stderr } of ends) expect(stdout + stderr).toContain("--adopt");
    },
    limitMs,
  );
});
