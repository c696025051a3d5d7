import type { z } from "zod";
import { AppError, type FieldError } from "../errors/app-error.ts";
import { DownloadRequest } from "./request.ts";

/** Reads what a caller wrote as a request, defaults filled in. Throws `invalid_request` that names every wrong field. */
export function readRequest(input: unknown): DownloadRequest {
  const result = DownloadRequest.safeParse(input);
  if (result.success) return result.data;
  const fields = fieldErrors(result.error.issues);
  const [first] = fields;
  throw new AppError(
    "invalid_request",
    first === undefined ? undefined : `${first.path || "request"}: ${first.message}`,
    {
      fields,
      cause: result.error,
    },
  );
}

/** The fields that a schema refused; unknown ones are named one by one. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): readonly FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key].join("."), message: unknownField(key) }));
    }
    return [{ path: path.join("."), message: issue.message }];
  });
}

/** What is said of a field that the schema does not know. */
export function unknownField(name: string): string {
  if (!/^cookies?(file)?$/i.test(name)) return "is not a known field";
  // Services of this kind take them in the request; here a client may not act as anybody.
  return "cannot be sent: the operator gives cookies to the service, in COOKIES_FILE";
}
