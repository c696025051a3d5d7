import { describe, expect, test } from "bun:test";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { absenceOf, tempDir } from "@vidferry/testing";
import type { FakeEcs } from "./testing/fake-ecs.ts";

const deployment = {
  cluster: "vidferry-test",
  families: { api: "api", worker: "worker", migrate: "migrate" },
  services: { api: "api", worker: "worker" },
  subnets: ["subnet-1", "subnet-2"],
  security_group: "sg-1",
  public: false,
};

const revision = (family: string, sidecar: boolean): Record<string, unknown> => ({
  family,
  taskDefinitionArn: `${family}:1`,
  status: "ACTIVE",
  revision: 1,
  cpu: "512",
  memory: "1024",
  networkMode: "awsvpc",
  containerDefinitions: [
    { name: family, image: "old", environment: [{ name: "DRAIN_SECONDS", value: "100" }] },
    ...(sidecar ? [{ name: "collector", image: "collector:1" }] : []),
  ],
});

/** Deploys `new-api` and `new-worker` with a stand-in for AWS. */
async function deploy(behaviour: Partial<FakeEcs> = {}): Promise<{ code: number; said: string; ecs: FakeEcs }> {
  await using dir = await tempDir("vidferry-deploy");
  const file = join(dir.path, "ecs.json");
  const start: FakeEcs = {
    services: { api: "api:1", worker: "worker:1" },
    revisions: [revision("migrate", false), revision("api", true), revision("worker", true)],
    calls: [],
    migration: 0,
    broken: [],
    ...behaviour,
  };
  await writeFile(file, JSON.stringify(start));
  const program = join(dir.path, "aws");
  await writeFile(
    program,
    `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dir, "testing/fake-ecs.ts")}" "$@"\n`,
  );
  await chmod(program, 0o755);
  const child = Bun.spawn([join(import.meta.dir, "deploy"), "new-api", "new-worker"], {
    env: {
      PATH: `${dir.path}:${process.env["PATH"]}`,
      FAKE_ECS: file,
      DEPLOYMENT: JSON.stringify(deployment),
      DEPLOY_PAUSE: "0",
      DEPLOY_LOOKS: "20",
    },
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  return { code: await child.exited, said, ecs: (await Bun.file(file).json()) as FakeEcs };
}

const updates = ({ calls }: FakeEcs): string[] => calls.filter((call) => call.startsWith("update "));

describe.skipIf(Bun.which("jq") === null)(`a deployment to ECS${absenceOf("jq", Bun.which("jq"))}`, () => {
  test("migrates, then rolls out the API, then workers, with the settings that Terraform gave them", async () => {
    const { code, ecs } = await deploy();
    expect(code).toBe(0);
    expect(ecs.calls[0]).toStartWith("run migrate:2 ");
    expect(ecs.calls[0]).toContain('"subnets":["subnet-1","subnet-2"]');
    expect(updates(ecs)).toEqual(["update api api:2", "update worker worker:2"]);
    const api = ecs.revisions.findLast(({ family }) => family === "api");
    expect(api).toMatchObject({
      cpu: "512",
      containerDefinitions: [
        { name: "api", image: "new-api", environment: [{ name: "DRAIN_SECONDS", value: "100" }] },
        { name: "collector", image: "collector:1" },
      ],
    });
    // AWS refuses what it makes itself.
    expect(api).not.toHaveProperty("status");
    expect(ecs.revisions.findLast(({ family }) => family === "worker")).toMatchObject({
      containerDefinitions: [{ image: "new-worker" }, {}],
    });
  });

  const unmigrated = [
    ["fails", 1, "Essential container"],
    ["is not started", null, "RESOURCE:MEMORY"],
  ] as const;
  test.each(unmigrated)("rolls nothing out when the migration %s", async (_, migration, reason) => {
    const { code, said, ecs } = await deploy({ migration });
    expect(code).toBe(1);
    expect(said).toContain(reason);
    expect(said).toContain("nothing was rolled out");
    expect(said).not.toContain("still runs");
    expect(updates(ecs)).toEqual([]);
  });

  test("ends with what AWS refused, at once", async () => {
    const { code, said } = await deploy({ forbidden: true });
    expect(code).toBe(1);
    expect(said).toContain("AccessDeniedException: ecs:UpdateService");
    expect(said).not.toContain("in time");
  });

  const unhealthy = [
    ["API", "api", ["update api api:2"]],
    ["workers", "worker", ["update api api:2", "update worker worker:2"]],
  ] as const;
  test.each(unhealthy)("goes back with both when the new %s do not become healthy", async (_, broken, before) => {
    const { code, said, ecs } = await deploy({ broken: [broken] });
    expect(code).toBe(1);
    expect(said).toContain("going back");
    // Why: what ECS says of the service and of its tasks.
    expect(said).toContain("rolling back to deployment");
    expect(said).toContain("CannotPullContainerError: image has no arm64");
    expect(updates(ecs)).toEqual([...before, "update worker worker:1", "update api api:1"]);
    expect(ecs.services).toEqual({ api: "api:1", worker: "worker:1" });
  });

  test("of two at once the one that is overtaken says so, and undoes nothing of the other", async () => {
    const { code, said, ecs } = await deploy({ contested: ["worker"] });
    expect(code).toBe(1);
    expect(said).toContain("worker: somebody else has rolled out another revision meanwhile");
    expect(said).not.toContain("going back");
    expect(updates(ecs)).toEqual(["update api api:2", "update worker worker:2"]);
    expect(ecs.services).toEqual({ api: "api:2", worker: "worker:3" });
  });

  test.each([
    ["nothing", undefined, "DEPLOYMENT: what terraform output"],
    ["no JSON", "vidferry-prod", "DEPLOYMENT is not what terraform output"],
    ["something else", "[1]", "DEPLOYMENT is not what terraform output"],
  ])("says what it expects when it is given %s", async (_, given, expected) => {
    const child = Bun.spawn([join(import.meta.dir, "deploy"), "a", "b"], {
      env: { PATH: process.env["PATH"] ?? "", ...(given === undefined ? {} : { DEPLOYMENT: given }) },
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toContain(expected);
    expect(await child.exited).not.toBe(0);
  });
});
