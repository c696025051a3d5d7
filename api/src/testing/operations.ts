import { createUnwatched } from "./harness.ts";
import { idOf } from "./samples.ts";

/** An operation of the OpenAPI document, and a path of it. */
export interface DescribedOperation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly statuses: readonly string[];
  readonly needsKey: boolean;
}

const ids: Readonly<Record<string, string>> = { artifactId: idOf("art", 1) };

/** All operations, for tests of what holds for each. */
export async function describedOperations(): Promise<DescribedOperation[]> {
  const response = await createUnwatched().send("GET", "/openapi.json");
  const { paths } = (await response.json()) as {
    paths: Record<string, Record<string, { operationId: string; responses: object; security?: unknown[] }>>;
  };
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { operationId, responses, security = [] }]) => ({
      operationId,
      method: method.toUpperCase(),
      path: template.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? idOf("job", 1)),
      statuses: Object.keys(responses),
      needsKey: security.length > 0,
    })),
  );
}
