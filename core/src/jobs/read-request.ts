import { AppError } from "../errors/app-error.ts";
import { fieldErrors } from "../errors/field-errors.ts";
import { DownloadRequest } from "./request.ts";

/** Parses a request and fills in defaults. Throws `invalid_request` that names every wrong field. */
export function readRequest(input: unknown): DownloadRequest {
  const result = DownloadRequest.safeParse(input);
  if (result.success) return result.data;
  const fields = fieldErrors(result.error.issues);
  const [first] = fields;
  throw new AppError(
    "invalid_request",
    first === undefined
      ? undefined
      : `${first.path === "" ? "The request" : `\`${first.path}\` in the request`}: ${first.message}.`,
    { fields, cause: result.error },
  );
}
