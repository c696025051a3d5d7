import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { absenceOf } from "@vidferry/testing";
import { createTestDatabase, missingService, useService } from "@vidferry/testing/services";
import { Ajv } from "ajv";
import postgres from "postgres";
import { parse } from "yaml";
import { helmProgram, type Manifest, openChart, schemaFaults } from "../bin/lib/chart/chart.ts";
import { customResourceFaults, hasCustomResources } from "../bin/lib/chart/custom-resources.ts";
import { findGoProgram } from "../bin/lib/go-program.ts";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { variables } from "../core/src/config/variables.ts";

const root = resolve(import.meta.dir, "..");
const folder = join(root, "infra/helm/vidferry");
const read = (path: string) => readFileSync(join(folder, path), "utf8");
const values = parse(read("values.yaml")) as Record<string, Record<string, unknown>>;
const fits = new Ajv({ allErrors: true }).compile(JSON.parse(read("values.schema.json")));
const query = /select count\(\*\) from %s\.jobs where [^"]*/.exec(read("templates/scaling.yaml"))?.[0] ?? "";

describe("the Helm chart", () => {
  test("has a schema that its own values fit, and that refuses what is not known and secrets among values", () => {
    expect([fits(values), fits.errors]).toEqual([true, null]);
    for (const wrong of [
      { ...values, worker: { ...values["worker"], concurency: 3 } },
      { ...values, env: { DATABASE_URL: "postgres://user:password@db/vidferry" } },
      { ...values, env: { LOG_LEVEL: 3 } },
      { ...values, image: { registry: "" } },
      { ...values, secret: "Not a name" },
    ])
      expect(fits(wrong)).toBe(false);
  });

  test("gives the containers variables that Vidferry knows", () => {
    for (const file of ["api.yaml", "worker.yaml", "migrate.yaml"]) {
      const names = [...read(`templates/${file}`).matchAll(/\{ name: ([A-Z_]+), value/g)].map(([, name = ""]) => name);
      expect(names.filter((name) => !(name in variables))).toEqual([]);
    }
  });

  test("has versions of its own that go with the packages", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(parse(read("Chart.yaml"))).toMatchObject({ version, appVersion: version });
  });

  test.skipIf(missingService("postgres") !== undefined)(
    "scales by a query that the migrated schema of PostgreSQL answers",
    async () => {
      await using database = await createTestDatabase(await useService("postgres"));
      const store = postgresStore({ url: database.url });
      await store.migrate();
      await store.close();
      const sql = postgres(database.url, { max: 1 });
      try {
        expect(await sql.unsafe(query.replace("%s", "vidferry"))).toMatchObject([{ count: "0" }]);
      } finally {
        await sql.end();
      }
    },
  );
});

const helm = findGoProgram(join(root, ".tools"), helmProgram);
const validator = existsSync(join(root, ".tools/kubernetes-venv/bin/kubernetes-validate"));
const defined = hasCustomResources(join(root, ".tools"));

// `bin/chart` builds Helm and does the same.
describe.skipIf(helm === undefined)(`the rendered chart${absenceOf("Helm", helm)}`, () => {
  const chart = openChart(root, helm ?? "");
  const find = (manifests: readonly Manifest[], kind: string, name: string) => {
    const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return JSON.stringify(found);
  };
  const everything = join(root, "infra/helm/cases/everything.yaml");

  test("passes Helm's own linter", () => {
    expect(chart.lint()).toContain("0 chart(s) failed");
  });

  test.skipIf(!validator)(
    `is what the schemas of Kubernetes allow, with every file of cases${absenceOf("kubernetes-validate", validator)}`,
    () => {
      expect(readdirSync(join(root, "infra/helm/cases")).length).toBeGreaterThan(1);
      for (const file of [undefined, ...chart.cases]) expect(schemaFaults(root, chart.render(file))).toBe("");
    },
  );

  test.skipIf(!defined)(
    `is what KEDA and the operator of Prometheus define${absenceOf("the definitions, which bin/chart fetches", defined)}`,
    () => {
      const manifests = chart.render(everything);
      expect(customResourceFaults(join(root, ".tools"), manifests)).toBe("");
      const misspelt = JSON.parse(JSON.stringify(manifests).replace('"maxReplicaCount"', '"maxReplicasCount"'));
      expect(customResourceFaults(join(root, ".tools"), misspelt)).toContain("maxReplicasCount");
    },
  );

  test("gives every container no rights, and longer to stop than it gives its jobs", () => {
    const manifests = chart.render(everything);
    const pods = manifests.filter(({ kind }) => kind === "Deployment" || kind === "Job");
    expect(pods.length).toBe(3);
    for (const pod of pods) {
      const text = JSON.stringify(pod);
      for (const wanted of [
        '"runAsNonRoot":true',
        '"readOnlyRootFilesystem":true',
        '"allowPrivilegeEscalation":false',
        '"capabilities":{"drop":["ALL"]}',
        '"seccompProfile":{"type":"RuntimeDefault"}',
        '"automountServiceAccountToken":false',
      ])
        expect(text).toContain(wanted);
    }
    expect(find(manifests, "Deployment", "ferry-worker")).toContain('"terminationGracePeriodSeconds":330');
    expect(find(manifests, "Deployment", "ferry-worker")).toContain('{"name":"DRAIN_SECONDS","value":"300"}');
  });

  test("migrates before the rest, and leaves the number of scaled workers to KEDA", () => {
    const manifests = chart.render(everything);
    const job = manifests.find(({ kind }) => kind === "Job");
    expect(job?.metadata.annotations?.["helm.sh/hook"]).toBe("pre-install,pre-upgrade");
    expect(find(manifests, "Deployment", "ferry-worker")).not.toContain('"replicas"');
    expect(find(manifests, "ScaledObject", "ferry-worker")).toContain(query.replace("%s", "vidferry"));
    expect(find(chart.render(), "Deployment", "ferry-worker")).toContain('"replicas":2');
  });

  test("closes the workers' way out where a proxy has it", () => {
    expect(find(chart.render(everything), "NetworkPolicy", "ferry-worker")).not.toContain("ipBlock");
    expect(find(chart.render(), "NetworkPolicy", "ferry-worker")).toContain('"169.254.0.0/16"');
  });

  test("lets event streams through its ingress as they come", () => {
    const text = find(chart.render(everything), "Ingress", "ferry");
    expect(text).toContain('"nginx.ingress.kubernetes.io/proxy-buffering":"off"');
    expect(text).toContain('"nginx.ingress.kubernetes.io/proxy-read-timeout":"3600"');
  });

  test("refuses a value that is not known, by its name", () => {
    expect(() => chart.render(undefined, "worker.replica=3")).toThrow(/replica/);
  });
});
