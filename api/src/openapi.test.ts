import { describe, expect, test } from "bun:test";
import { createHarness } from "./testing/harness.ts";

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: unknown[];
  readonly requestBody?: { required?: boolean; content: Record<string, { schema: object; examples?: object }> };
  readonly responses: Record<string, Described>;
}

interface Described {
  readonly $ref?: string;
  readonly content?: Record<string, { schema: object }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    schemas: Record<string, { type?: unknown }>;
    securitySchemes: object;
    responses: Record<string, Described>;
  };
}

async function readDocument(): Promise<Document> {
  const response = await createHarness().send("GET", "/openapi.json");
  expect(response.status).toBe(200);
  return (await response.json()) as Document;
}

const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  );

describe("the OpenAPI document", () => {
  test("is version 3.1 and describes every route of the API", async () => {
    const document = await readDocument();
    expect(document.openapi).toBe("3.1.0");
    const { app } = createHarness();
    const unlisted = new Set([
      "/",
      "/openapi.json",
      "/docs",
      "/docs/start.js",
      "/docs/errors",
      "/ws/progress/:id",
      "/ws/events",
    ]);
    const routes = app.routes
      .filter(({ method, path }) => method !== "ALL" && !unlisted.has(path) && !/^\/(docs|app)(\/|$)/.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(new Set(operationsOf(document).map(({ name }) => name))).toEqual(new Set(routes));
  });

  test("gives each operation an id of its own, texts, and its security", async () => {
    const operations = operationsOf(await readDocument());
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    for (const { name, operation } of operations) {
      const { operationId, summary, description, security } = operation;
      expect({ name, operationId, summary, description, security }).toEqual({
        name,
        operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
        summary: expect.stringMatching(/^[A-Z].+/),
        description: expect.stringMatching(/\.$/),
        security: expect.any(Array),
      });
    }
  });

  test("gives each body a schema that says something, and each request body an example", async () => {
    for (const { name, operation } of operationsOf(await readDocument())) {
      const request = Object.values(operation.requestBody?.content ?? {});
      const answers = Object.values(operation.responses).flatMap((response) => Object.values(response.content ?? {}));
      for (const { schema } of [...request, ...answers]) {
        expect({ name, keys: Object.keys(schema).length }).not.toEqual({ name, keys: 0 });
      }
      for (const { examples } of request) expect(Object.keys(examples ?? {}).length).toBeGreaterThan(0);
      // `required` defaults to false, and validators skip an optional body.
      const optional = ["createFileLink", "rotateKey", "rotateWebhookSecret", "rotateWebhookDefaultSecret"].includes(
        operation.operationId ?? "",
      );
      if (operation.requestBody)
        expect({ name, required: operation.requestBody.required }).toEqual({ name, required: !optional });
    }
  });

  test("describes errors as problems, wherever a key or an input may be wrong", async () => {
    const document = await readDocument();
    for (const { name, operation } of operationsOf(document)) {
      if (operation.security?.length === 0) continue;
      expect({ name, statuses: Object.keys(operation.responses) }).toEqual({
        name,
        statuses: expect.arrayContaining(["401", "403", "500", "503", ...(operation.requestBody ? ["422"] : [])]),
      });
      for (const [status, described] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        const component = described.$ref?.replace("#/components/responses/", "");
        const { content } = component === undefined ? described : (document.components.responses[component] ?? {});
        expect(content?.["application/problem+json"]?.schema).toEqual({ $ref: "#/components/schemas/Problem" });
      }
    }
  });

  test("names the schemas of core, and keeps them from being null where they are not", async () => {
    const { components } = await readDocument();
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining([
        "Artifact",
        "DownloadJob",
        "DownloadPage",
        "DownloadRequest",
        "JobError",
        "Media",
        "Probe",
        "Problem",
        "Progress",
        "ProgressEvent",
        "VideoOutput",
      ]),
    );
    for (const name of ["Media", "JobError", "ProgressEvent"]) expect(components.schemas[name]?.type).toBe("object");
    expect(Object.keys(components.securitySchemes)).toEqual(["bearerKey", "headerKey", "ticket"]);
  });

  test("has no reference that leads nowhere", async () => {
    const document = await readDocument();
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(schemas|responses)\/([^"]+)"/g);
    for (const [, kind, name = ""] of references)
      expect(Object.keys(document.components[kind as "schemas" | "responses"])).toContain(name);
  });

  test("describes the filter by labels so that a client made of it sends `label.<name>=<value>`", async () => {
    const described = (await (await createHarness().send("GET", "/openapi.json")).json()) as {
      paths: Record<
        string,
        { get: { parameters: { name: string; style?: string; explode?: boolean; schema: object }[] } }
      >;
    };
    const parameter = described.paths["/api/v1/downloads"]?.get.parameters.find(({ name }) => name === "labels");
    expect(parameter).toMatchObject({ style: "form", explode: true, schema: { type: "object" } });
  });
});
