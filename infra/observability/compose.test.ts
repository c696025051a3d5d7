import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { absenceOf } from "@vidferry/testing";
import { parse } from "yaml";

const root = resolve(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Service {
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

const { services } = parse(read("infra/observability/compose.yml"), { merge: true }) as {
  services: Readonly<Record<string, Service>>;
};

describe("Prometheus, Alertmanager and Grafana beside the composition", () => {
  test("read files that are there, and the dashboard and the alerts as they are written here", () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    const files = mounted.filter((volume) => volume.startsWith("./")).map((volume) => volume.split(":")[0] ?? "");
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(files).toContain("./infra/observability/alerts.yml");
    const { providers } = parse(read("infra/observability/grafana/dashboards.yml")) as {
      providers: { options: { path: string } }[];
    };
    expect(mounted).toContain(`./infra/observability/generated:${providers[0]?.options.path}:ro`);
  });

  test("find the metrics where API and workers serve them, and nobody else does", () => {
    const prometheus = parse(read("infra/observability/prometheus.yml")) as {
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const asked = prometheus.scrape_configs.flatMap(({ dns_sd_configs }) => dns_sd_configs);
    for (const { names, port } of asked)
      expect(services[names[0] ?? ""]?.environment?.["METRICS_PORT"]).toBe(String(port));
    expect(asked.flatMap(({ names }) => names).toSorted()).toEqual(["api", "worker"]);
    const [source] = (parse(read("infra/observability/grafana/datasources.yml")) as { datasources: { url: string }[] })
      .datasources;
    expect(services[new URL(source?.url ?? "").hostname]).toBeDefined();
  });

  test("have no rights, and publish nothing but Grafana, on this machine's loopback", () => {
    for (const name of ["prometheus", "alertmanager", "grafana"])
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  });

  const amtool = Bun.which("amtool") ?? undefined;
  test.skipIf(amtool === undefined)(
    `are configured as Alertmanager takes it${absenceOf("amtool", amtool)}`,
    async () => {
      const file = join(root, "infra/observability/alertmanager.yml");
      const child = Bun.spawn([amtool ?? "", "check-config", file], { stdout: "ignore", stderr: "ignore" });
      expect(await child.exited).toBe(0);
    },
  );
});
