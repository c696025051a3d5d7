import { UnexpectedAnswerError } from "./unexpected-answer.ts";

/**
 * The body of an answer; those that are not ok were thrown before. Throws an {@link UnexpectedAnswerError} when it lacks a field
 * that the service always sends: it is the JSON of another service.
 */
export function dataOf<T extends object>(
  { data, response }: { readonly data?: T; readonly response: Response },
  field: Extract<keyof T, string>,
): T {
  if (data !== undefined && field in data) return data;
  const { url, status, headers } = response;
  throw new UnexpectedAnswerError(
    { url, status, contentType: headers.get("content-type") },
    `it has no "${field}", which Vidferry always says; another service answers under baseUrl.`,
  );
}
