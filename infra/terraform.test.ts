import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { absenceOf } from "@vidferry/testing";
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

// That it is valid and that its tests pass, `bin/infra --quick` proves, which takes minutes.
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
    // Read as soon as the processes have metrics and a queue of SQS.
    const coming = ["METRICS_PORT", "QUEUE_URL"].filter((name) => !(name in variables));
    expect(ours.filter((name) => !(name in variables) && ![...others, ...coming].includes(name))).toEqual([]);
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
