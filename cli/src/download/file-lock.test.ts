import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasLocklessDisk, locklessDisk, lockRefusals, tempDir } from "@vidferry/testing";
import { shareLock, takeLock } from "./file-lock.ts";

const signal = new AbortController().signal;

describe("a lock between processes", () => {
  test("is the only one when the others have released theirs", async () => {
    await using dir = await tempDir("vidferry-lock");
    const path = join(dir.path, "lock");
    const [one, other] = [await shareLock(path, signal), await shareLock(path, signal)];
    expect(one.tryAlone()).toBe(false);
    other.release();
    expect(one.tryAlone()).toBe(true);
    one.release();
  });

  test("is not the only one while another process is about to take it exclusively", async () => {
    await using dir = await tempDir("vidferry-lock");
    const path = join(dir.path, "lock");
    const lock = await shareLock(path, signal);
    // A commit that waits for readers to go lets no new one in.
    const other = new Database(path);
    other.exec("pragma busy_timeout = 0; begin immediate; create table t (x)");
    expect(() => other.exec("commit")).toThrow("locked");
    expect(lock.tryAlone()).toBe(false);
    other.close();
    lock.release();
  });

  test("keeps out whoever wants it alone until it is released", async () => {
    await using dir = await tempDir("vidferry-lock");
    const path = join(dir.path, "lock");
    const first = await takeLock(path, signal, () => undefined);
    let waited = 0;
    const second = takeLock(path, signal, () => {
      waited += 1;
      first.release();
    });
    (await second).release();
    expect(waited).toBe(1);
  });

  test("is taken while others delete its folder, as the last one that leaves does", async () => {
    await using dir = await tempDir("vidferry-lock");
    const folder = join(dir.path, "state");
    const script = `
      const { rmSync } = await import("node:fs");
      rmSync(${JSON.stringify(folder)}, { recursive: true, force: true });
      console.log("deleting");
      for (;;) rmSync(${JSON.stringify(folder)}, { recursive: true, force: true });`;
    const remover = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "ignore" });
    try {
      await remover.stdout.getReader().read();
      const within = AbortSignal.timeout(30_000);
      for (let round = 0; round < 20; round++) {
        const lock = await shareLock(join(folder, "lock"), within).catch((error: unknown) => error);
        // Whoever deletes without looking may win every round; it must never pass for a disk without locks.
        if (lock instanceof Error && lock !== within.reason) throw lock;
        if (lock instanceof Error) break;
        (lock as Awaited<ReturnType<typeof shareLock>>).release();
      }
    } finally {
      remover.kill();
      await remover.exited;
    }
  });

  if (hasLocklessDisk) {
    for (const [name, errno] of Object.entries(lockRefusals)) {
      test(`is refused in words where the disk has none (${name}), instead of being waited for`, async () => {
        await using dir = await tempDir("vidferry-lock");
        const folder = join(dir.path, "share");
        const program = `
          const { shareLock } = await import(${JSON.stringify(join(import.meta.dir, "file-lock.ts"))});
          await shareLock(${JSON.stringify(join(folder, "lock"))}, AbortSignal.timeout(20_000)).catch((error) =>
            console.log(error.code, error.message));`;
        const child = Bun.spawn([process.execPath, "-e", program], {
          stdout: "pipe",
          stderr: "ignore",
          env: { ...process.env, LD_PRELOAD: await locklessDisk(dir.path, errno) },
        });
        expect(await new Response(child.stdout).text()).toStartWith(
          `unavailable The disk of ${folder} has no file locks`,
        );
        await child.exited;
        expect(await readdir(folder)).toEqual(["lock"]);
      });
    }
  }
});
