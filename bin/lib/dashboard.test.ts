import { expect, test } from "bun:test";
import { appendFile, cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { tempDir } from "@vidferry/testing";

const root = resolve(import.meta.dir, "../..");

test("the dashboard is built anew when any source changes that it may hold, of the client too", async () => {
  await using dir = await tempDir("dashboard");
  for (const path of ["bun.lock", "sdk/src", "web/scripts", "web/src"]) {
    await cp(join(root, path), join(dir.path, path), { recursive: true });
  }
  const script = `. "${root}/bin/lib/dashboard.sh"; dashboard_sum`;
  const sum = (): string =>
    Bun.spawnSync(["sh", "-c", script], { env: { ...process.env, root: dir.path } }).stdout.toString();
  const unnoticed: string[] = [];
  for (const path of new Bun.Glob("{sdk/src,web/scripts,web/src}/**/*.{ts,tsx,css,svg}").scanSync(dir.path)) {
    const before = sum();
    await appendFile(join(dir.path, path), "\n");
    if (sum() === before) unnoticed.push(path);
  }
  expect(unnoticed).toEqual([]);
});
