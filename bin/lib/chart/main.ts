/** The body of bin/chart: the Helm chart, linted, rendered and held against the schemas. */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGoProgram, findGoProgram } from "../go-program.ts";
import { helmProgram, openChart, schemaFaults } from "./chart.ts";
import { customResourceFaults, fetchCustomResources } from "./custom-resources.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const tools = join(root, ".tools");
const chart = openChart(root, findGoProgram(tools, helmProgram) ?? buildGoProgram(tools, helmProgram));
fetchCustomResources(tools);
console.log(chart.lint().trim());
let faults = "";
for (const values of [undefined, ...chart.cases]) {
  const manifests = chart.render(values);
  const found = `${schemaFaults(root, manifests)}${customResourceFaults(tools, manifests)}`;
  faults += found;
  const kinds = manifests.map(({ kind }) => kind).join(", ");
  console.log(`${values === undefined ? "values.yaml" : basename(values)}: ${kinds}\n${found}`.trim());
}
console.log(faults === "" ? "the chart is well" : "the chart has faults");
process.exit(faults === "" ? 0 : 1);
