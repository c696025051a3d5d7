import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { absenceOf, type TempDir, tempDir } from "@vidferry/testing";
import { variables } from "../core/src/config/variables.ts";

const root = resolve(import.meta.dir, "..");
const folder = join(import.meta.dir, "systemd");
const units = readdirSync(folder).filter((name) => name.endsWith(".service"));
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const setting = (unit: string, name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(read(unit))?.[1];

describe("the units of systemd", () => {
  test("are one for each role, as a user of its own that can gain nothing", () => {
    expect(units.toSorted()).toEqual(["vidferry-api.service", "vidferry-migrate.service", "vidferry-worker@.service"]);
    for (const unit of units) {
      const [, role = ""] = /vidferry-(\w+)/.exec(unit) ?? [];
      expect(setting(unit, "ExecStart")).toBe(`/opt/vidferry/bin/vidferry ${role}`);
      expect(setting(unit, "User")).toBe("vidferry");
      expect(setting(unit, "NoNewPrivileges")).toBe("yes");
      expect(setting(unit, "CapabilityBoundingSet")).toBe("");
      expect(setting(unit, "ProtectSystem")).toBe("strict");
    }
  });

  test("give a process longer to stop than it gives its jobs, and tell a worker alone to stop", () => {
    const drain = Number(/^DRAIN_SECONDS=(\d+)$/m.exec(read("vidferry.env.example"))?.[1]);
    expect(Number(setting("vidferry-worker@.service", "TimeoutStopSec"))).toBeGreaterThan(drain);
    expect(Number(setting("vidferry-api.service", "TimeoutStopSec"))).toBeGreaterThan(
      Number(variables.DRAIN_SECONDS.standard),
    );
    expect(setting("vidferry-worker@.service", "KillMode")).toBe("mixed");
  });

  test("give workers of one machine a folder and a name each", () => {
    expect(setting("vidferry-worker@.service", "Environment")).toBe(
      "MACHINE_NAME=%H-%i WORK_DIR=/var/lib/vidferry/work-%i",
    );
  });

  test("start no role again whose configuration is wrong", () => {
    for (const unit of units.filter((unit) => setting(unit, "Restart") !== undefined))
      expect(setting(unit, "RestartPreventExitStatus")).toBe("2 78");
  });

  test("take variables that Vidferry knows, and leave secrets to the operator", () => {
    const lines = [...read("vidferry.env.example").matchAll(/^(\w+)=(.*)$/gm)];
    expect(lines.map(([, name = ""]) => name).filter((name) => !(name in variables))).toEqual([]);
    for (const [, name = "", value = ""] of lines)
      if (/_URL$|SECRET/.test(name)) expect([name, value]).toEqual([name, ""]);
  });
});

const analyze = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"].find(existsSync);

describe.skipIf(analyze === undefined)(`by systemd's own judgement${absenceOf("systemd-analyze", analyze)}`, () => {
  let dir: TempDir;
  const run = (...args: readonly string[]) =>
    spawnSync(analyze ?? "", ["--no-pager", ...args], { encoding: "utf8", cwd: dir.path });
  beforeAll(async () => {
    dir = await tempDir("vidferry-units");
    // It looks for the programs as well.
    for (const unit of units) writeFileSync(join(dir.path, unit), read(unit).replaceAll("/opt/vidferry", root));
  });
  afterAll(() => dir[Symbol.asyncDispose]());

  test("the units say nothing that it does not know", () => {
    const { stdout, stderr, status } = run("verify", ...units.map((unit) => join(dir.path, unit)));
    // Units of the machine itself are read along.
    const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("vidferry"));
    expect(ours).toEqual([]);
    expect(status).toBe(0);
  });

  // 0 is nothing at all, 10 everything; a service without any of it has 9.6. FFmpeg's own network costs the worker some.
  test.each(units)("%s may do little", (unit) => {
    const limit = unit.startsWith("vidferry-worker") ? 20 : 15;
    const { status, stdout, stderr } = run("security", "--offline=true", `--threshold=${limit}`, join(dir.path, unit));
    // Before version 250 it judges running units alone.
    if (/unrecognized option/.test(stderr)) return;
    expect([status, stdout.split("\n").at(-2)]).toEqual([0, expect.stringContaining("OK")]);
  });
});
