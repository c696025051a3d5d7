import { type FieldNote, fieldGuide, guideBySchema } from "./field-guide.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A field that is not explained, or has no example. */
export interface Unexplained {
  readonly field: string;
  readonly lacks: "description" | "example";
}

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Explains each field of the schemas, with an example, as editors show it to whoever writes a client. */
export function describeFields(schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { about } = guideBySchema[name] ?? {};
      const described = about === undefined || "description" in schema ? schema : { ...schema, description: about };
      return [name, eachField(described, name, (field, place) => explained(field, noteOf(place)))];
    }),
  );
}

/** The fields that still lack something; {@link describeFields} finds nothing to say about them. */
export function unexplainedFields(schemas: Readonly<Record<string, Schema>>): readonly Unexplained[] {
  const lacking: Unexplained[] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    eachField(schema, name, (field, place) => {
      const target = typeof field["$ref"] === "string" ? schemas[field["$ref"].split("/").at(-1) ?? ""] : field;
      if (target?.["description"] === undefined) lacking.push({ field: place, lacks: "description" });
      if (needsExample(field) && exampleOf(field) === undefined) lacking.push({ field: place, lacks: "example" });
      return field;
    });
  }
  return lacking;
}

/** What the schema gives as an example. */
export function exampleOf(field: Schema): unknown {
  return field["example"] ?? (field["examples"] as readonly unknown[] | undefined)?.[0];
}

/** The most specific note of a field: `Queue.waiting.live`, else that of its name. */
function noteOf(place: string): FieldNote {
  const name = place.split(".").at(-1) ?? "";
  return { ...fieldGuide[name], ...guideBySchema[place] };
}

function explained(field: Schema, { about, example }: FieldNote): Schema {
  // Beside a reference some generators of clients allow nothing; the schema that it refers to says it.
  if ("$ref" in field) return field;
  const given = example ?? standardExample(field);
  return {
    ...field,
    ...(field["description"] === undefined && about !== undefined ? { description: about } : {}),
    ...(needsExample(field) && exampleOf(field) === undefined && given !== undefined ? { examples: [given] } : {}),
  };
}

const standardExample = ({ format }: Schema): unknown =>
  format === "date-time" ? "2026-11-26T10:00:00.000Z" : format === "date" ? "2026-11-26" : undefined;

/** Whether its values do not say by themselves what they look like. */
function needsExample(field: Schema): boolean {
  if (["$ref", "enum", "const", "anyOf", "oneOf", "allOf", "properties"].some((key) => key in field)) return false;
  const types = [field["type"]].flat();
  if (types.includes("boolean") || types.includes(undefined)) return false;
  const { items } = field;
  return !(isObject(items) && ["$ref", "enum", "properties", "anyOf", "oneOf"].some((key) => key in items));
}

/** The schema with each of its fields, and those inside of them, replaced. */
function eachField(schema: Schema, place: string, replace: (field: Schema, place: string) => Schema): Schema {
  const inside = (value: unknown): unknown => (isObject(value) ? eachField(value, place, replace) : value);
  const { properties } = schema;
  const fields = isObject(properties)
    ? {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, field]) => [
            name,
            eachField(replace(field as Schema, `${place}.${name}`), `${place}.${name}`, replace),
          ]),
        ),
      }
    : {};
  const parts = ["items", "additionalProperties"]
    .filter((key) => isObject(schema[key]))
    .map((key) => [key, inside(schema[key])]);
  const choices = ["oneOf", "anyOf", "allOf"]
    .filter((key) => Array.isArray(schema[key]))
    .map((key) => [key, (schema[key] as readonly unknown[]).map(inside)]);
  return { ...schema, ...fields, ...Object.fromEntries([...parts, ...choices]) };
}
