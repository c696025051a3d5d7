import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { goEnvironment } from "../go-program.ts";
import type { Manifest } from "./chart.ts";

/** Operators whose resources the chart makes, with the files of their modules that define these. */
const operators = [
  {
    module: "github.com/kedacore/keda/v2@v2.21.0",
    files: ["config/crd/bases/keda.sh_scaledobjects.yaml", "config/crd/bases/keda.sh_triggerauthentications.yaml"],
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    files: ["example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"],
  },
] as const;

/** Kinds that are no part of Kubernetes: KEDA's, and those of Prometheus' operator. */
export const isCustom = ({ apiVersion }: Manifest): boolean => /^(keda\.sh|monitoring\.coreos\.com)\//.test(apiVersion);

/** A definition of a resource, as far as it is read. */
interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

const pathOf = (tools: string, module: string, file: string): string =>
  join(tools, "custom-resources", module.slice(module.lastIndexOf("@") + 1), basename(file));

const definitionFiles = (tools: string): string[] =>
  operators.flatMap(({ module, files }) => files.map((file) => pathOf(tools, module, file)));

/** Whether the definitions have been fetched. */
export const hasCustomResources = (tools: string): boolean => definitionFiles(tools).every((path) => existsSync(path));

/** Fetches the definitions from the Go module proxy where they are not there. @throws Error with Go's output. */
export function fetchCustomResources(tools: string): void {
  for (const { module, files } of operators) {
    if (files.every((file) => existsSync(pathOf(tools, module, file)))) continue;
    const command = ["mod", "download", "-json", module] as const;
    const { status, stdout, stderr, error } = spawnSync("go", command, {
      cwd: tmpdir(),
      env: goEnvironment(tools),
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`go ${command.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`);
    const { Dir: folder } = JSON.parse(stdout) as { readonly Dir: string };
    for (const file of files) {
      const path = pathOf(tools, module, file);
      mkdirSync(join(path, ".."), { recursive: true });
      copyFileSync(join(folder, file), `${path}.part`);
      renameSync(`${path}.part`, path);
    }
    // The rest of the module is of no use here.
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the definitions of KEDA and of Prometheus' operator say against manifests of theirs; a field that they do not know as well. */
export function customResourceFaults(tools: string, manifests: readonly Manifest[]): string {
  const definitions = definitionFiles(tools).map((path) => parse(readFileSync(path, "utf8")) as Definition);
  const faults = manifests.filter(isCustom).flatMap((manifest) => {
    const [group, version] = manifest.apiVersion.split("/");
    const found = definitions
      .filter(({ spec }) => spec.group === group && spec.names.kind === manifest.kind)
      .flatMap(({ spec }) => spec.versions)
      .find(({ name }) => name === version);
    const name = `${manifest.kind} ${manifest.metadata.name}`;
    if (found === undefined) return [`${name}: ${manifest.apiVersion} has no definition`];
    // Formats of Kubernetes are Go's; what it adds to the schema is not for a validator.
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const fits = ajv.compile(closed(found.schema.openAPIV3Schema));
    return fits(manifest)
      ? []
      : [`${name}: ${ajv.errorsText(fits.errors)} ${JSON.stringify(fits.errors?.[0]?.params)}`];
  });
  return faults.map((fault) => `${fault}\n`).join("");
}

/** The API server drops fields that a definition does not have: to us they are faults. */
function closed(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: closed(additionalProperties) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, closed(value)])),
      ...(additionalProperties === undefined &&
        !schema["x-kubernetes-preserve-unknown-fields"] && { additionalProperties: false }),
    }),
  };
}
