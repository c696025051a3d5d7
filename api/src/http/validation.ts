import type { Hook } from "@hono/zod-openapi";
import { AppError, fieldErrors } from "@vidferry/core";
import type { z } from "zod";
import type { AppEnv } from "../app-env.ts";

/** The parts of a zod issue that are used here. */
type Issue = z.core.$ZodIssue;

const places: Readonly<Record<string, string>> = {
  json: "body",
  query: "query",
  param: "path",
  header: "headers",
};

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
export const refuseInvalid: Hook<unknown, AppEnv, string, unknown> = (result, c) => {
  if (!result.success) throw invalidRequest(result.target, result.error.issues);
  // A body that may be left out is not looked at without a type; one that may not is read as `{}`, which can be valid.
  if (result.target === "json" && c.req.header("content-type") === undefined)
    throw invalidRequest("json", [{ code: "custom", path: [], message: "is missing", input: undefined }]);
  return undefined;
};
