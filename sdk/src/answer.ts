import { UnexpectedAnswerError } from "./unexpected-answer.ts";

/** What a call resolves with, and the answer that it came in. */
export interface WithResponse<T> {
  readonly data: T;
  /** Status and headers; its body was read. */
  readonly response: Response;
  /** Name it when you ask for help; null when something between here and the service took it off. */
  readonly requestId: string | null;
}

/** The result of a call: await it for what was asked for, or its `withResponse()` for the answer's headers as well. */
export interface Answer<T> extends Promise<T> {
  /**
   * The same with the response and its request id.
   *
   * ```ts
   * const { data, response, requestId } = await vidferry.downloads.get(id).withResponse();
   * ```
   */
  withResponse(): Promise<WithResponse<T>>;
}

/** What the low layer resolves with; answers that are not ok were thrown before. */
type Sent<T> = Promise<{ readonly data?: T; readonly response: Response }>;

/**
 * The body of an answer. Rejects with an {@link UnexpectedAnswerError} when it lacks a field that the service always sends: it
 * is the JSON of another service.
 */
export function answerOf<T extends object>(sent: Sent<T>, field: Extract<keyof T, string>): Answer<T>;
export function answerOf<T extends object, R>(
  sent: Sent<T>,
  field: Extract<keyof T, string>,
  take: (data: T) => R,
): Answer<R>;
export function answerOf<T extends object>(
  sent: Sent<T>,
  field: string,
  take: (data: T) => unknown = (data) => data,
): Answer<unknown> {
  const whole = sent.then(({ data, response }) => ({
    data: take(checked(data, response, field)),
    response,
    requestId: response.headers.get("x-request-id"),
  }));
  const data = whole.then((answer) => answer.data);
  const withResponse = (): Promise<WithResponse<unknown>> => {
    // The caller has the other promise, which rejects alike.
    data.catch(() => undefined);
    return whole;
  };
  return Object.assign(data, { withResponse });
}

function checked<T extends object>(data: T | undefined, { url, status, headers }: Response, field: string): T {
  if (data !== undefined && field in data) return data;
  throw new UnexpectedAnswerError(
    { url, status, contentType: headers.get("content-type") },
    `it has no "${field}", which Vidferry always says; another service answers under baseUrl.`,
  );
}
