import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, onlyWhole } from "@vidferry/testing";
import { runHere } from "./command.ts";
import { filesBelow, type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const testWhole = onlyWhole(test);

const limitMs = 180_000;
let scene: Scene;
let service: Service;
beforeAll(async () => {
  scene = await setScene();
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
}, limitMs);

const vidferry = (...args: readonly string[]) => runHere(args, scene.env);
const audio = { output: { type: "audio", format: "best" } } as const;

describe("vidferry jobs", () => {
  testWhole(
    "lists, retries and deletes jobs beside a running service, and only with --yes",
    async () => {
      const good = await service.run({ url: scene.youtube.url("muxedOnly01"), ...audio });
      const failed = await service.run({ url: scene.youtube.url("missing0001"), ...audio });
      expect([good.state, failed.state]).toEqual(["succeeded", "failed"]);
      const code = failed.error?.code ?? "";

      const list = await vidferry("jobs", "list", "--code", code);
      expect([list.exitCode, list.stdout.trim().split("\n")]).toEqual([0, [expect.stringContaining(failed.id)]]);
      expect((await vidferry("jobs", "retry", "--code", code)).stdout).toMatch(
        /^1 jobs of 1 owners would be queued anew/,
      );
      expect((await service.job(failed.id)).attempt).toBe(failed.attempt);
      expect((await vidferry("jobs", "retry", "--code", code, "--yes")).stdout).toMatch(/^1 jobs .* were queued anew/);
      const again = await service.until(failed.id, (job) => job.state === "failed" && job.attempt > failed.attempt);
      expect(again.error?.code).toBe(failed.error?.code);

      const left = await vidferry("jobs", "cancel", good.id, "--yes");
      expect([left.stdout, left.stderr]).toEqual([
        expect.stringMatching(/^0 jobs/),
        expect.stringContaining("left 1: A job that is succeeded cannot be moved"),
      ]);
      expect((await vidferry("jobs", "delete", "--older-than", "1d", "--yes")).stdout).toMatch(/^0 jobs/);
      expect((await vidferry("jobs", "delete", "--older-than", "0h", "--yes")).stdout).toMatch(
        /^2 jobs .* were deleted/,
      );
      expect((await fetch(`${service.url}/api/v1/downloads/${good.id}`)).status).toBe(404);
      expect((await filesBelow(join(scene.home, "data/files"))).filter((name) => name.startsWith("jobs/"))).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "that are not named are left alone, and wrong filters are refused by their name",
    async () => {
      const stderrOf = async (...args: readonly string[]) => {
        const { exitCode, stderr } = await vidferry(...args);
        return `${exitCode} ${stderr}`;
      };
      expect(await stderrOf("jobs", "delete", "--yes")).toMatch(/^2 .*say which jobs/s);
      expect(await stderrOf("jobs", "list", "--state", "done")).toMatch(/^2 .*--state/s);
      expect(await stderrOf("jobs", "list", "--older-than", "3 days")).toMatch(/^2 .*--older-than: expected a span/s);
      expect(await stderrOf("jobs", "retry", "job_1")).toMatch(/^2 .*no id of a job/s);
      expect(await stderrOf("accounts", "erase")).toMatch(/^2 .*accounts erase OWNER/s);
    },
    limitMs,
  );
});

testWhole(
  "vidferry batches lists, shows, cancels and retries batches beside a running service, and only with --yes",
  async () => {
    const scheduledFor = "2998-01-01T00:00:00Z";
    const body = { urls: [scene.youtube.url("muxedOnly01")], request: { scheduledFor } };
    const { id } = (await (await service.post("/batches", body)).json()) as { readonly id: string };
    await eventually(async () => (await vidferry("batches", "show", id)).stdout.includes("scheduled  1"), {
      timeoutMs: 60_000,
    });
    expect((await vidferry("batches", "cancel", id)).stdout).toMatch(/running .*--yes does it/);
    expect((await vidferry("batches", "list", "--state", "running")).stdout).toContain(id);
    expect((await vidferry("batches", "cancel", id, "--yes")).stdout).toMatch(/canceled/);
    expect((await vidferry("batches", "list", "--state", "running")).stdout).not.toContain(id);
    const retried = await vidferry("batches", "retry", id, "--yes");
    expect([retried.exitCode, retried.stderr]).not.toEqual([0, ""]);
    expect((await vidferry("batches", "cancel", "--yes")).stderr).toContain("missing required argument");
    expect((await vidferry("batches", "list", "--state", "done")).stderr).toContain("--state");
    expect((await vidferry("batches", "show", "job_1")).stderr).toContain("no id of a batch");
  },
  limitMs,
);

testWhole(
  "vidferry schedules import makes schedules of subscriptions at a running service, and leaves what is there",
  async () => {
    const [one, two] = ["a", "b"].map((letter) => `UC${letter.repeat(22)}`);
    const file = join(scene.home, "subscriptions.csv");
    await writeFile(file, `Channel Id,Channel Url,Channel Title\n${one},http://x,"One, two"\n${two},http://y,Two\n`);
    const schedules = (...args: readonly string[]) => vidferry("schedules", ...args, "--server", service.url);
    expect((await schedules("import", file, "--limit", "5")).stdout).toContain("2 schedules would be made");
    expect((await schedules("import", file, "--yes", "--limit", "5", "--audio", "m4a")).stdout).toContain(
      "2 schedules were made",
    );
    expect((await schedules("import", file, "--yes")).stdout).toContain("0 schedules were made; 2 are there already");
    const listed = (await schedules("list")).stdout.trim().split("\n");
    expect(listed).toEqual([expect.stringContaining("Two"), expect.stringContaining("One, two")]);
    expect((await vidferry("schedules", "list")).stdout.trim().split("\n")).toHaveLength(2);
  },
  limitMs,
);

test(
  "an account is erased with its jobs, files and keys, and the log keeps no name",
  async () => {
    const job = await service.run({ url: scene.youtube.url("muxedOnly01"), ...audio });
    expect((await vidferry("keys", "create", "--name", "theirs", "--owner", "local")).exitCode).toBe(0);
    const counts = await fetch(`${service.url}/api/v1/downloads/counts`);
    const { total } = (await counts.json()) as { readonly total: number };
    expect((await vidferry("accounts", "erase", "local")).stdout).toStartWith(
      `local has 1 keys and ${total} jobs; --yes`,
    );
    const erased = await vidferry("accounts", "erase", "local", "--yes");
    expect([erased.exitCode, erased.stdout]).toEqual([0, expect.stringContaining(`erased 1 keys, ${total} jobs`)]);
    expect((await fetch(`${service.url}/api/v1/downloads/${job.id}`)).status).toBe(404);
    expect((await vidferry("keys", "list", "--all")).stdout).toBe("");
    const { data } = (await (await fetch(`${service.url}/api/v1/history`)).json()) as { readonly data: unknown[] };
    expect(data).toEqual([]);
    const audit = await (await fetch(`${service.url}/api/v1/audit`)).text();
    expect(audit).toContain("account.erased");
    expect(audit).not.toContain('"local"');
    expect((await filesBelow(join(scene.home, "data/files"))).filter((name) => name.startsWith("jobs/"))).toEqual([]);
  },
  limitMs,
);
