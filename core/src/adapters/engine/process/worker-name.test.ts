import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { isWorkerGone, mayStillRun, nameWorker } from "./worker-name.ts";

const own = nameWorker("a");
/** The name with some of its parts replaced. */
const renamed = (parts: Partial<Record<"space" | "pid" | "start", string>>): string => {
  const [space, pid, start, pool] = own.split("/");
  return [parts.space ?? space, parts.pid ?? pid, parts.start ?? start, pool].join("/");
};

describe("worker names", () => {
  test("a running process is not gone", () => {
    expect(isWorkerGone(own)).toBe(false);
  });

  test("a process that ended is gone", async () => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    expect(isWorkerGone(renamed({ pid: String(child.pid), start: "123" }))).toBe(true);
  });

  test.if(process.platform === "linux")("a process that reuses the id is told apart by its start", () => {
    expect(isWorkerGone(renamed({ start: "1" }))).toBe(true);
  });

  test("workers whose processes cannot be seen from here are never called gone", () => {
    expect(isWorkerGone(renamed({ space: "elsewhere", pid: "999999999" }))).toBe(false);
  });

  test("on a disk of this machine only who can be seen running may still run", async () => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    expect(mayStillRun(own)).toBe(true);
    expect(mayStillRun(renamed({ pid: String(child.pid), start: "123" }))).toBe(false);
    expect(mayStillRun(renamed({ space: "another-boot" }))).toBe(false);
  });

  test.if(process.platform === "linux")("containers that share a host name do not share process ids", () => {
    const space = own.split("/")[0] ?? "";
    expect(space).toMatch(/^[0-9a-f-]{36}:\d+$/);
    expect(isWorkerGone(renamed({ space: `${space}0`, start: "1" }))).toBe(false);
  });
});
