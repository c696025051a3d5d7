import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { runHere } from "./command.ts";
import { type Scene, setScene } from "./scene.ts";
import { startService } from "./service.ts";

const limitMs = 180_000;
let scene: Scene;
beforeAll(async () => {
  scene = await setScene();
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

test(
  "a backup of a running service is restored elsewhere: the same job, the same bytes, and it goes on",
  async () => {
    const place = join(scene.home, "backups");
    const vidferry = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      runHere(args, { ...scene.env, ...env });
    const request = { url: scene.youtube.url("muxedOnly01") };
    const bytesOf = async (url: string, path = "") =>
      new Uint8Array(await (await fetch(`${url}${path}`)).arrayBuffer());
    await using service = await startService(scene);
    const job = await service.run(request);
    const bytes = await bytesOf(service.url, job.artifacts[0]?.url);

    const backup = await vidferry(["backup", place, "--keep", "3"]);
    expect([backup.exitCode, backup.stderr]).toEqual([0, expect.stringContaining("copying the database")]);
    expect(backup.stdout).toMatch(/^backup +\d{8}T\d{9}Z\ndatabase .*\nfiles +1, /);
    const list = await vidferry(["backup", place, "--list"]);
    expect(list.stdout).toMatch(/^\d{8}T\d{9}Z {2}sqlite, .* 1 files/);

    const elsewhere = {
      DATABASE_URL: `sqlite:${scene.home}/elsewhere/vidferry.db`,
      STORAGE_URL: `file:${scene.home}/elsewhere/files`,
      WORK_DIR: `${scene.home}/elsewhere/work`,
    };
    const restored = await vidferry(["restore", place], elsewhere);
    expect([restored.exitCode, restored.stdout]).toEqual([0, expect.stringContaining("restored     the backup of")]);
    expect(await readdir(join(scene.home, "elsewhere/work/copies")).catch(() => [])).toEqual([]);
    await service.end("SIGTERM");
    await using other = await startService(scene, elsewhere);
    expect(await other.job(job.id)).toEqual(job);
    expect(await bytesOf(other.url, job.artifacts[0]?.url)).toEqual(bytes);
    expect((await other.run(request)).state).toBe("succeeded");
    const health = (await (await fetch(`${other.url}/health/detailed`)).json()) as { readonly status: string };
    expect(health.status).toBe("ok");

    // Twice would be onto the running service's database.
    const again = await vidferry(["restore", place], elsewhere);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining("There is a file already")]);
  },
  limitMs,
);

test(
  "what cannot be a place of backups is refused in words",
  async () => {
    const stderrOf = async (...args: readonly string[]) => {
      const { exitCode, stderr } = await runHere(args, scene.env);
      return `${exitCode} ${stderr}`;
    };
    expect(await stderrOf("backup")).toMatch(/^2 .*vidferry backup PLACE/s);
    expect(await stderrOf("backup", "x", "--keep", "none")).toMatch(/^2 .*--keep takes a number/s);
    expect(await stderrOf("backup", `file:${scene.home}/data/files`)).toMatch(/^2 .*STORAGE_URL itself/s);
    expect(await stderrOf("restore", join(scene.home, "empty"))).toMatch(/^1 .*no backup in this place/s);
    expect(await stderrOf("backup", "s3://")).toMatch(/^2 .*the place of the backups: expected/s);
  },
  limitMs,
);
