import type { Hook } from "@hono/zod-openapi";
import { AppError, type FieldError, unknownField } from "@vidferry/core";
import type { z } from "zod";
import type { AppEnv } from "../environment.ts";

/** A zod issue, as far as it is read here. */
type Issue = z.core.$ZodIssue;

const places: Readonly<Record<string, string>> = {
  json: "body",
  query: "query",
  param: "path",
  header: "headers",
};

/** The fields that a schema refused, the first fifty of them. Unknown fields are named one by one. */
function fieldErrors(issues: readonly Issue[]): FieldError[] {
  const all = issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: dotted([...path, key]), message: unknownField(key) }));
    }
    return [{ path: dotted(path), message: issue.message }];
  });
  return all.slice(0, mostFields);
}

/** Whoever sends thousands of wrong fields gets no answer that is larger than what was sent. */
const mostFields = 50;

// A field's name is the client's text: however long it was, the answer stays short.
const dotted = (path: readonly string[]): string => path.join(".").slice(0, 200);

/** The error of a request whose part (`query`, `json` …) a schema refused. */
export function invalidRequest(part: string, issues: readonly Issue[]): AppError {
  const fields = fieldErrors(issues);
  const [first] = fields;
  const where = places[part] ?? part;
  const detail =
    first === undefined
      ? `The ${where} is not valid.`
      : `${first.path === "" ? `The ${where}` : `\`${first.path}\` in the ${where}`}: ${first.message}.`;
  return new AppError("invalid_request", detail, { fields });
}

/** Turns a refused request into `invalid_request`; what passed goes on to the handler. */
export const refuseInvalid: Hook<unknown, AppEnv, string, unknown> = (result) => {
  if (!result.success) throw invalidRequest(result.target, result.error.issues);
  return undefined;
};
