import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { absenceOf, tempDir } from "@vidferry/testing";
import { metricTable } from "../core/src/adapters/prometheus/metric-table.ts";
import { variables } from "../core/src/config/variables.ts";
import { finalStage, parseDockerfile, valuesOf } from "./dockerfile.ts";

const root = join(import.meta.dir, "..");
const terraform = join(import.meta.dir, "terraform");
const read = (path: string): string => readFileSync(join(terraform, path), "utf8");
const modules = readdirSync(join(terraform, "modules"));
const sources = readdirSync(terraform, { recursive: true, encoding: "utf8" }).filter(
  (path) => path.endsWith(".tf") && !path.includes(".terraform"),
);

/** Names that are set in a map of Terraform: `NAME = …`. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/\b([A-Z][A-Z0-9_]+)\s+=(?!=)/g)].map(([, name = ""]) => name);

/** A folder with the provider for AWS: bin/lib/infra-tools.sh looks in the same ones. */
const offlineProvider =
  Bun.which("terraform") === null
    ? undefined
    : [
        process.env["TF_PLUGIN_DIR"],
        "/opt/tf-plugins",
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
      ].find((folder) => folder !== undefined && existsSync(join(folder, "registry.terraform.io/hashicorp/aws")));

// That its tests pass, `bin/infra --quick` proves, which takes minutes.
describe("infra/terraform", () => {
  test.skipIf(Bun.which("terraform") === null)(
    `is formatted${absenceOf("terraform", Bun.which("terraform"))}`,
    async () => {
      const child = Bun.spawn(["terraform", "fmt", "-check", "-recursive", terraform], {
        stdout: "pipe",
        stderr: "ignore",
      });
      expect(await new Response(child.stdout).text()).toBe("");
      expect(await child.exited).toBe(0);
    },
  );

  // Everything is part of this environment. Where the provider would have to be downloaded, bin/infra does it.
  test.skipIf(offlineProvider === undefined)(
    `is valid${absenceOf("a provider for AWS on this machine", offlineProvider)}`,
    async () => {
      await using dir = await tempDir("vidferry-terraform");
      const env: Record<string, string | undefined> = {
        ...process.env,
        TF_DATA_DIR: dir.path,
        CHECKPOINT_DISABLE: "1",
      };
      // A name of a file that is missing is a warning for each call.
      if (!existsSync(env["TF_CLI_CONFIG_FILE"] ?? "")) delete env["TF_CLI_CONFIG_FILE"];
      const run = async (...args: readonly string[]) => {
        const command = ["terraform", `-chdir=${join(terraform, "envs/prod")}`, ...args];
        const child = Bun.spawn(command, { env, stdout: "pipe", stderr: "pipe" });
        const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
        return { code: await child.exited, said: out + err };
      };
      const lock = join(terraform, "envs/prod/.terraform.lock.hcl");
      const hadLock = existsSync(lock);
      const plugins = `-plugin-dir=${offlineProvider}`;
      expect(await run("init", "-backend=false", "-input=false", "-no-color", plugins)).toMatchObject({ code: 0 });
      expect(await run("validate", "-no-color")).toMatchObject({ code: 0, said: expect.stringContaining("Success!") });
      if (!hadLock) await rm(lock, { force: true });
    },
  );

  test("tests every module, save the one whose values cannot be mocked", () => {
    const tested = modules.filter((name) => readdirSync(join(terraform, "modules", name)).includes("tests"));
    expect(modules.filter((name) => !tested.includes(name))).toEqual(["secrets"]);
  });

  test("tells our programs variables that they know", () => {
    const given = [read("modules/service/main.tf"), read("modules/service/containers.tf")].flatMap(namesIn);
    const ours = [...given, ...namesIn(/settings += \{[^}]*\}/.exec(read("envs/prod/main.tf"))?.[0] ?? "")];
    expect(ours.length).toBeGreaterThan(8);
    // Of the AWS library, the shell, OpenTelemetry and the collector.
    const others = ["AWS_REGION", "TMPDIR", "OTEL_EXPORTER_OTLP_ENDPOINT", "AOT_CONFIG_CONTENT"];
    expect(ours.filter((name) => !(name in variables) && !others.includes(name))).toEqual([]);
  });

  test("asks for metrics that the processes have, by labels and values that they have", () => {
    const text = ["scaling/main.tf", "observability/main.tf", "observability/dashboard.tf"]
      .map((path) => read(`modules/${path}`))
      .join("\n");
    const metrics = metricTable as Readonly<
      Record<string, { labels: Readonly<Record<string, readonly string[] | null>> }>
    >;
    const asked = new Set(text.match(/vidferry_[a-z_]+/g));
    expect(asked.size).toBeGreaterThan(8);
    expect([...asked].filter((name) => !(name in metrics))).toEqual([]);
    const alarms = [...text.matchAll(/"(vidferry_\w+)", "\w+", \{ (\w+) = "(\w+)" \}/g)];
    expect(alarms.length).toBeGreaterThan(4);
    for (const [, name = "", label = "", value = ""] of alarms)
      expect([name, label, metrics[name]?.labels[label]]).toEqual([name, label, expect.arrayContaining([value])]);
    // The collector sends nothing else, and by the dimensions that are asked for.
    const sent = [...read("modules/service/collector.tf").matchAll(/names = "\^(.*)\$"/g)].map(
      ([, name = ""]) => new RegExp(`^${name}$`),
    );
    expect([...asked].filter((name) => !sent.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  test("runs our images as the user that they are made for, with its work where they have it", () => {
    const containers = read("modules/service/containers.tf");
    for (const name of ["api", "worker"]) {
      const image = finalStage(parseDockerfile(readFileSync(join(root, `Dockerfile.${name}`), "utf8")));
      expect(containers).toContain(`user                   = "${valuesOf(image, "USER")[0]}"`);
    }
    const worker = finalStage(parseDockerfile(readFileSync(join(root, "Dockerfile.worker"), "utf8")));
    expect(containers).toContain(`containerPath = "${valuesOf(worker, "VOLUME")[0]}"`);
  });

  test("names no image by a tag that moves, and no secret", () => {
    for (const path of sources) {
      const text = read(path);
      expect([path, text.match(/:latest\b/)]).toEqual([path, null]);
      expect([path, text.match(/AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY/)]).toEqual([path, null]);
    }
  });

  test("opens nothing to the internet but the load balancer, which is said in one place", () => {
    const open = sources.filter((path) => read(path).includes('"0.0.0.0/0"'));
    expect(open.sort()).toEqual(["modules/network/main.tf", "modules/network/security.tf"]);
    const ingress = read("modules/network/security.tf")
      .split("resource ")
      .filter((text) => text.startsWith('"aws_vpc_security_group_ingress_rule"'));
    const fromEverywhere = ingress.filter((text) => text.includes('"0.0.0.0/0"'));
    expect(fromEverywhere).toHaveLength(1);
    expect(fromEverywhere[0]).toContain('aws_security_group.this["load-balancer"].id');
  });

  test("every finding that a linter is told to skip has its reason", () => {
    for (const path of sources) {
      for (const [line] of read(path).matchAll(/checkov:skip.*/g))
        expect([path, line]).toEqual([path, expect.stringMatching(/skip=CKV2?_AWS_\d+:.{8,}/)]);
    }
  });
});
