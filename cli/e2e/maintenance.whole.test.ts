import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "@vidferry/testing";
import { type Scene, setScene } from "./scene.ts";
import { startService } from "./service.ts";

const limitMs = 120_000;

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ env: { RETENTION_SECONDS: "4", ORPHAN_SECONDS: "10" } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

describe("a file that cannot be deleted", () => {
  test(
    "shows in health, and keeps neither other files nor other maintenance from their turn",
    async () => {
      await using service = await startService(scene);
      const request = { url: scene.youtube.url("muxedOnly01"), output: { type: "audio", format: "best" } } as const;
      const stuck = await service.run(request);
      // A link that leads to itself in place of its folder: nobody can delete what lies behind it, not even root.
      const folder = join(scene.home, "data/files/jobs", stuck.id);
      await rm(folder, { recursive: true });
      await symlink(stuck.id, folder);

      const checks = async (): Promise<ReadonlyMap<string, Check>> => {
        const health = (await (await fetch(`${service.url}/health/detailed`)).json()) as { checks: Check[] };
        return new Map(health.checks.map((check) => [check.name, check]));
      };
      const deletions = () => checks().then((all) => all.get("maintenance: blob-deletions"));
      await eventually(async () => (await deletions())?.status === "warning", { timeoutMs: 60_000, intervalMs: 500 });
      expect((await deletions())?.detail).toMatch(/could not be deleted/);

      const other = await service.run(request);
      await service.until(other.id, ({ artifacts }) => artifacts.length === 0, "the deletion of the result");
      expect((await service.job(stuck.id)).artifacts).toEqual([]);
      for (const task of [
        "expired-results",
        "lost-workers",
        "due-jobs",
        "unoffered-jobs",
        "work-folders",
        "dead-workers",
      ]) {
        expect((await checks()).get(`maintenance: ${task}`)).toMatchObject({ status: "ok" });
      }
      // A monitor of a worker without an API reads the same from its heartbeat file.
      const alive = JSON.parse(await readFile(`${scene.home}/data/work/.alive`, "utf8")) as Check[];
      expect(alive.find(({ name }) => name === "maintenance: blob-deletions")?.status).toBe("warning");
    },
    limitMs,
  );
});
