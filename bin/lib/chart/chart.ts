import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { GoProgram } from "../go-program.ts";
import { isCustom } from "./custom-resources.ts";

/** The program that renders charts. */
export const helmProgram: GoProgram = { module: "helm.sh/helm/v3/cmd/helm@v3.22.0", name: "helm" };

/** A manifest, as far as it is looked at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
}

/** The chart of a clone, through a Helm. */
export interface Chart {
  /** What `helm lint --strict` says; throws when it finds something. */
  lint(): string;
  /** The manifests for a file of values, and what is set besides; throws with Helm's words. */
  render(values?: string, ...sets: readonly string[]): readonly Manifest[];
  /** Files of values that the chart is tried with. */
  readonly cases: readonly string[];
}

/** The version that manifests are rendered for; that of the schemas. */
const kubernetes = "1.37.0";

/** Opens the chart. */
export function openChart(root: string, helm: string): Chart {
  const folder = join(root, "infra/helm/vidferry");
  const cases = join(root, "infra/helm/cases");
  // Helm's caches would lie in the caller's home.
  const home = join(root, ".tools/helm");
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const run = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(helm, args, { encoding: "utf8", env });
    if (status !== 0) throw new Error(`helm ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    cases: readdirSync(cases).map((name) => join(cases, name)),
    lint: () => run("lint", "--strict", folder),
    render(values, ...sets) {
      const given = [...(values === undefined ? [] : ["-f", values]), ...sets.flatMap((set) => ["--set", set])];
      // A Helm that was built from its module takes itself for one of Kubernetes 1.20.
      const text = run("template", "ferry", folder, "--namespace", "media", "--kube-version", kubernetes, ...given);
      const documents = parseAllDocuments(text).map((one) => one.toJS() as Manifest | null);
      return documents.filter((one) => one !== null);
    },
  };
}

/** What the schemas of Kubernetes say against manifests. */
export function schemaFaults(root: string, manifests: readonly Manifest[]): string {
  const program = join(root, ".tools/kubernetes-venv/bin/kubernetes-validate");
  if (!existsSync(program)) throw new Error(`${program} is missing: bin/test sets it up`);
  const folder = mkdtempSync(join(tmpdir(), "vidferry-chart-"));
  try {
    const known = manifests.filter((manifest) => !isCustom(manifest));
    const files = known.map((manifest, index) => {
      const file = join(folder, `${index}-${manifest.kind}.yaml`);
      // JSON is YAML.
      writeFileSync(file, JSON.stringify(manifest));
      return file;
    });
    const { status, stdout, stderr } = spawnSync(program, ["--strict", "--quiet", ...files], { encoding: "utf8" });
    return status === 0 ? "" : `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
