import { fileURLToPath } from "node:url";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";

/** Makes the types of the API out of its OpenAPI document: `generate-types.ts [openapi.json] [schema.ts]`. */
const inPackage = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [source = inPackage("openapi.json"), target = inPackage("src/generated/schema.ts")] = process.argv.slice(2);

type Schema = { readonly description?: string; readonly [key: string]: unknown };
const document = JSON.parse(await Bun.file(source).text()) as { components: { schemas: Record<string, Schema> } };
const { schemas } = document.components;

/** Fields that only refer to a schema say what that one says, for editors show what stands at the field. */
function withReferred(value: unknown, isField = false): unknown {
  if (Array.isArray(value)) return value.map((part) => withReferred(part));
  if (typeof value !== "object" || value === null) return value;
  const schema = value as Schema;
  const name = isField && typeof schema["$ref"] === "string" ? (schema["$ref"].split("/").at(-1) ?? "") : "";
  const description = schema.description ?? schemas[name]?.description;
  const parts = Object.entries(schema).map(([key, part]) => [
    key,
    key === "properties"
      ? Object.fromEntries(Object.entries(part as object).map(([field, one]) => [field, withReferred(one, true)]))
      : withReferred(part),
  ]);
  return { ...Object.fromEntries(parts), ...(description === undefined ? {} : { description }) };
}

const described = {
  ...document,
  components: {
    ...document.components,
    schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withReferred(schema)])),
  },
};
const header = "// Made by `bun run generate` out of openapi.json. Do not edit.\n\n";
await Bun.write(target, header + astToString(await openapiTS(described as unknown as OpenAPI3)));
