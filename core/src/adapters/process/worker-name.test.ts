import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostName, isWorkerGone, nameWorker } from "./worker-name.ts";

describe("worker names", () => {
  test("a running process is not gone", () => {
    expect(isWorkerGone(nameWorker("a"))).toBe(false);
  });

  test("a process that ended is gone", async () => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    expect(isWorkerGone(`${hostName()}/${child.pid}/123/a`)).toBe(true);
  });

  test.if(process.platform === "linux")("a process that reuses the id is told apart by its start", () => {
    expect(isWorkerGone(`${hostName()}/${process.pid}/1/a`)).toBe(true);
  });

  test("workers of other machines are never called gone", () => {
    expect(isWorkerGone("elsewhere/999999999/1/a")).toBe(false);
  });
});
