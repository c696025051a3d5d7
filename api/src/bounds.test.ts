import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Schema = Readonly<Record<string, unknown>>;
const document = JSON.parse(readFileSync(join(import.meta.dir, "../../sdk/openapi.json"), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** A pattern that says itself how long a text may be: anchored at both ends, nothing in it repeated without end. */
const isBounding = (pattern: unknown) =>
  typeof pattern === "string" &&
  /^\^.*\$$/.test(pattern) &&
  !/[^\\][*+]|\{\d+,\}/.test(pattern.replaceAll(/\[[^\]]*\]/g, "c"));

/** Where a schema lets in as much as a client wants to send. */
function unbounded(schema: Schema, path: string, seen: readonly string[] = []): string[] {
  const { $ref: ref } = schema;
  if (typeof ref === "string") {
    const name = ref.slice(ref.lastIndexOf("/") + 1);
    if (seen.includes(name)) return [];
    return unbounded(document.components.schemas[name] ?? {}, path, [...seen, name]);
  }
  const found: string[] = [];
  const below = (part: unknown, step: string) => {
    if (isSchema(part)) found.push(...unbounded(part, `${path}${step}`, seen));
  };
  for (const list of ["anyOf", "oneOf", "allOf"]) {
    const parts = schema[list];
    if (Array.isArray(parts)) for (const part of parts) below(part, "");
  }
  const { type, properties, additionalProperties } = schema;
  if (
    type === "string" &&
    !("enum" in schema || "const" in schema || "maxLength" in schema || isBounding(schema["pattern"]))
  )
    found.push(`${path}: a text of any length`);
  if (type === "array") {
    if (!("maxItems" in schema)) found.push(`${path}: a list of any length`);
    below(schema["items"], "[]");
  }
  if (isSchema(properties)) for (const [name, part] of Object.entries(properties)) below(part, `.${name}`);
  if (isSchema(additionalProperties)) {
    if (!("maxProperties" in schema)) found.push(`${path}: any number of names`);
    const names = isSchema(schema["propertyNames"]) ? schema["propertyNames"] : {};
    below({ type: "string", ...names }, "{name}");
    below(additionalProperties, "{}");
  }
  return found;
}

test("nothing that a client may send is of any length", () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })),
  );
  const found = operations.flatMap(({ name, parameters = [], requestBody }) => [
    // A malformed id is `not_found` without a query.
    ...parameters
      .filter((parameter) => parameter.in !== "path")
      .flatMap((parameter) => unbounded(parameter.schema, `${name} ${parameter.in} ${parameter.name}`)),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => unbounded(schema, `${name} body`)),
  ]);
  expect(operations.length).toBeGreaterThan(10);
  expect([...new Set(found)]).toEqual([]);
});
