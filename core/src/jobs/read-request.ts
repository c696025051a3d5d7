import { AppError } from "../errors/app-error.ts";
import { fieldErrors } from "../errors/field-errors.ts";
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
