import { describe, expect, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020.js";
import { createApp } from "../app.ts";
import { createOpenAuth } from "../auth/auth.ts";
import { defaultApiConfig } from "../config.ts";
import { openApiDocument } from "../openapi.ts";
import { createFakeService } from "../testing/fake-service.ts";
import { createLogRecorder } from "../testing/log-recorder.ts";
import { exampleOf, unexplainedFields } from "./described-fields.ts";
import { fieldGuide, guideBySchema } from "./field-guide.ts";

type Schemas = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const app = createApp({
  service: createFakeService(),
  auth: createOpenAuth(),
  config: defaultApiConfig,
  logger: createLogRecorder(),
});
const document = JSON.parse(JSON.stringify(openApiDocument(app, defaultApiConfig))) as {
  readonly components: { readonly schemas: Schemas };
};
const { schemas } = document.components;

/** Every schema in a value, with where it is. */
function* within(value: unknown, place: string): Generator<readonly [string, Readonly<Record<string, unknown>>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [place, value as Readonly<Record<string, unknown>>];
  for (const [key, part] of Object.entries(value)) {
    if (!["example", "examples", "default", "enum"].includes(key)) yield* within(part, `${place}/${key}`);
  }
}

describe("the fields of the document", () => {
  test("are explained, each with an example unless its values say enough", () => {
    expect(unexplainedFields(schemas)).toEqual([]);
  });

  test("have examples that are values of them", () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const checks = new Map<string, ReturnType<typeof ajv.compile>>();
    const wrong: unknown[] = [];
    for (const [name, root] of Object.entries(schemas)) {
      for (const [place, schema] of within(root, name)) {
        const example = exampleOf(schema);
        // The name of a field may be "example" too.
        if (example === undefined || schema["type"] === undefined) continue;
        const { description, example: _, examples, ...rules } = schema;
        const key = JSON.stringify(rules);
        const check = checks.get(key) ?? ajv.compile(rules);
        checks.set(key, check);
        if (!check(example)) wrong.push([place, example, check.errors?.[0]?.message]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("have no note that no field has", () => {
    const names = new Set<string>();
    const places = new Set<string>(Object.keys(schemas));
    const walk = (schema: Readonly<Record<string, unknown>>, place: string): void => {
      for (const [name, field] of Object.entries((schema["properties"] ?? {}) as Schemas)) {
        names.add(name);
        places.add(`${place}.${name}`);
        walk(field, `${place}.${name}`);
      }
      for (const key of ["items", "additionalProperties"]) {
        const part = schema[key];
        if (typeof part === "object" && part !== null) walk(part as Schemas[string], place);
      }
      for (const key of ["oneOf", "anyOf", "allOf"]) {
        for (const part of (schema[key] ?? []) as Schemas[string][]) walk(part, place);
      }
    };
    for (const [name, schema] of Object.entries(schemas)) walk(schema, name);
    expect(Object.keys(fieldGuide).filter((name) => !names.has(name))).toEqual([]);
    expect(Object.keys(guideBySchema).filter((place) => !places.has(place))).toEqual([]);
  });
});
