import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { absenceOf } from "@vidferry/testing";
import { parse } from "yaml";

const root = join(import.meta.dir, "..");
const folder = join(root, ".github/workflows");
const names = readdirSync(folder).filter((name) => name.endsWith(".yml"));
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
  readonly uses?: string;
  readonly environment?: string;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = new Map(names.map((name) => [name, parse(read(name)) as Workflow]));
const jobs = [...workflows].flatMap(([name, { jobs }]) =>
  Object.entries(jobs).map(([job, it]) => [`${name}: ${job}`, it] as const),
);

/** A linter that `bin/test` sets up; undefined where it could not. */
function linter(name: string): string | undefined {
  const program = join(root, ".tools/lint-venv/bin", name);
  return existsSync(program) ? program : (Bun.which(name) ?? undefined);
}

async function run(command: readonly string[]): Promise<{ code: number; said: string }> {
  const child = Bun.spawn([...command], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, said: out + err };
}

describe("the workflows", () => {
  test("run actions by their commit, with the version that it is beside it", () => {
    for (const name of names) {
      const used = [...read(name).matchAll(/uses: (\S+)(.*)/g)].filter(([, action = ""]) => !action.startsWith("./"));
      for (const [line] of used)
        expect([name, line]).toEqual([name, expect.stringMatching(/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)]);
    }
  });

  test("run one version of each action", () => {
    const versions = new Map<string, Set<string>>();
    const used = names.flatMap((name) => [...read(name).matchAll(/uses: ([\w./-]+)@([0-9a-f]{40})/g)]);
    for (const [, action = "", commit = ""] of used) {
      versions.set(action, (versions.get(action) ?? new Set()).add(commit));
    }
    expect(versions.size).toBeGreaterThan(5);
    expect([...versions].filter(([, commits]) => commits.size > 1)).toEqual([]);
  });

  test("may do nothing but what each job says, end by themselves, and leave no token in the checkout", () => {
    for (const [name, workflow] of workflows) {
      expect([name, workflow.permissions]).toEqual([name, name === "ci.yml" ? { contents: "read" } : {}]);
    }
    for (const [name, job] of jobs) {
      if (job.uses === undefined) expect([name, job["timeout-minutes"]]).toEqual([name, expect.any(Number)]);
      for (const step of job.steps ?? []) {
        if (step.uses?.startsWith("actions/checkout@"))
          expect([name, step.with]).toEqual([name, expect.objectContaining({ "persist-credentials": false })]);
      }
    }
  });

  test("deploy behind the gate of an environment, one at a time, with a role and no key", () => {
    const deploy = workflows.get("deploy.yml");
    expect(deploy?.jobs["deploy"]?.environment).toMatch(/^\$\{\{ inputs\.environment \}\}$/);
    expect(deploy?.concurrency).toEqual({
      group: expect.stringMatching(/^deploy-\$\{\{ inputs\.environment \}\}$/),
      "cancel-in-progress": false,
    });
    for (const name of names) expect([name, read(name).match(/secrets\.(?!GITHUB_TOKEN)\w+/g)]).toEqual([name, null]);
    expect(read("deploy.yml")).toContain('run: infra/aws/deploy "$API" "$WORKER"');
  });

  test("name scripts that are there and can be run", () => {
    for (const [, script = ""] of names.flatMap((name) => [
      ...read(name).matchAll(/\b(bin\/[\w/-]+|infra\/aws\/\w+)(?![\w./-])/g),
    ])) {
      expect([script, existsSync(join(root, script))]).toEqual([script, true]);
    }
  });

  test.skipIf(linter("zizmor") === undefined)(`satisfy zizmor${absenceOf("zizmor", linter("zizmor"))}`, async () => {
    const command = [linter("zizmor") ?? "", "--offline", "--no-progress", "--persona=pedantic", ".github/workflows"];
    expect(await run(command)).toEqual({ code: 0, said: expect.stringContaining("No findings") });
  });
});

test.skipIf(linter("shellcheck") === undefined)(
  `scripts satisfy shellcheck${absenceOf("shellcheck", linter("shellcheck"))}`,
  async () => {
    const listed = await run(["git", "ls-files", "bin", "infra", ".ci"]);
    const scripts = listed.said.split("\n").filter((path) => {
      if (!existsSync(join(root, path)) || path === "") return false;
      return /^#!.*sh$/m.test(readFileSync(join(root, path), "utf8").split("\n", 1)[0] ?? "");
    });
    expect(scripts.length).toBeGreaterThan(8);
    // What is set in one part and used in another, and parts whose path holds a variable.
    const options = ["-S", "warning", "-e", "SC1090,SC1091,SC2034,SC2154"];
    expect(await run([linter("shellcheck") ?? "", ...options, ...scripts])).toEqual({ code: 0, said: "" });
  },
);
