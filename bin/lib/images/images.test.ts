import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { imageArchitecture } from "./bases.ts";
import { attempt, run } from "./docker.ts";
import { createSteps } from "./steps.ts";

const root = join(import.meta.dir, "../../..");

describe("the trial of the images", () => {
  test("names a processor that no image is for", () => {
    expect(imageArchitecture("x64")).toBe("amd64");
    expect(imageArchitecture("arm64")).toBe("arm64");
    expect(() => imageArchitecture("riscv64")).toThrow("this processor is riscv64");
  });

  test("goes on after a check that fails, and ends where nothing else can hold", async () => {
    const lines: string[] = [];
    let time = 0;
    const steps = createSteps(
      (line) => lines.push(line),
      () => (time += 1_000),
    );
    await steps.check("small", () => Promise.resolve("200 MB"));
    await steps.check("fast", () => Promise.reject(new Error("too slow")));
    await expect(steps.must("healthy", () => Promise.reject(new Error("no answer")))).rejects.toThrow("no answer");
    expect(lines).toEqual([
      "ok        1.0 s  small: 200 MB",
      "FAILED    1.0 s  fast: too slow",
      "FAILED    1.0 s  healthy: no answer",
    ]);
    expect(steps.failures.map(({ name }) => name)).toEqual(["fast", "healthy"]);
  });

  test("tells what a program said that failed", async () => {
    expect(await attempt(["sh", "-c", "cat; exit 3"], { input: "what was given" })).toEqual({
      code: 3,
      output: "what was given",
    });
    await expect(run(["sh", "-c", "echo no disk >&2; exit 1"])).rejects.toThrow("no disk");
  });

  test("adds to docker-compose.yml, and changes neither rights nor ports of what is tried", () => {
    const { services } = parse(readFileSync(join(root, "bin/lib/images/trial.yml"), "utf8"), { merge: true }) as {
      services: Record<string, Record<string, unknown>>;
    };
    expect(Object.keys(services).toSorted()).toEqual(["api", "origin", "worker"]);
    expect(Object.keys(services["api"] ?? {})).toEqual(["environment"]);
    expect(Object.keys(services["worker"] ?? {}).toSorted()).toEqual(["depends_on", "environment", "volumes"]);
  });
});
