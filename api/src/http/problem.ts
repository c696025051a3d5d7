import { z } from "@hono/zod-openapi";
import { AppError, type ErrorCode, errorCodeNames, errorCodes, isRetryable } from "@vidferry/core";
import { newRequestId } from "./request-id.ts";
import { strictHeaders } from "./security-headers.ts";

/** The media type of every error. */
const problemType = "application/problem+json";

export const Problem = z
  .object({
    type: z.string().describe("Where the code is explained."),
    title: z.string().describe("What the code means; the same for each occurrence."),
    status: z.int(),
    detail: z.string().describe("What happened this time."),
    code: z.enum(errorCodeNames).describe("Stable, for programs to decide by."),
    hint: z.string().describe("What can be done about it."),
    requestId: z.string().describe("Also in the `X-Request-Id` header; name it when you ask for help."),
    retryable: z.boolean().describe("Whether the same request may succeed later."),
    quota: z
      .object({ limit: z.string(), used: z.number(), allowed: z.number() })
      .optional()
      .describe("Of `quota_exceeded`: the limit of the account that is used up; `GET /quota` shows all of them."),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("The fields that were refused, by JSON Pointer (RFC 6901): `/output/quality`."),
  })
  .meta({ id: "Problem", description: "An error, as RFC 9457 describes it." });
/** The body of every error. */
export type Problem = z.infer<typeof Problem>;

/** Context of the request that goes into a problem body. */
export interface ProblemContext {
  readonly requestId: string;
  /** What links begin with; null: the `type` is a path alone. */
  readonly linkBase: string | null;
  /** Overrides the code's status where HTTP prescribes another. */
  readonly status?: number;
}

/** Where a code is explained: the page that the service itself serves. */
function problemUrl(code: ErrorCode, linkBase: string | null): string {
  return `${linkBase ?? ""}/docs/errors#${code}`;
}

const statusOf = (error: AppError, context: ProblemContext): number => context.status ?? errorCodes[error.code].status;

/** Turns an error into the body that clients see. */
function toProblem(error: AppError, context: ProblemContext): Problem {
  const { title } = errorCodes[error.code];
  return {
    type: problemUrl(error.code, context.linkBase),
    title,
    status: statusOf(error, context),
    detail: error.message,
    code: error.code,
    hint: error.hint,
    requestId: context.requestId,
    retryable: error.retryable,
    ...(error.quota === null ? {} : { quota: error.quota }),
    ...(error.fields.length > 0 ? { errors: error.fields.map(({ path, message }) => ({ path, message })) } : {}),
  };
}

/** The whole answer to an error: problem body and the headers that go with its code. */
export function problemResponse(error: AppError, context: ProblemContext, now: number = Date.now()): Response {
  const headers = new Headers({ "content-type": problemType });
  const status = statusOf(error, context);
  const waitMs = error.retryAt === null ? null : error.retryAt.getTime() - now;
  if (waitMs !== null) headers.set("retry-after", String(Math.max(1, Math.ceil(waitMs / 1000))));
  else if (status === 503) headers.set("retry-after", "2");
  if (error.code === "unauthorized") headers.set("www-authenticate", 'Bearer realm="vidferry"');
  if (error.code === "forbidden")
    headers.set("www-authenticate", 'Bearer realm="vidferry", error="insufficient_scope"');
  return new Response(JSON.stringify(toProblem(error, context)), { status, headers });
}

/** The response to a request that the HTTP parser rejected, by the parser's error code. */
export function unreadableRequest(parserCode: string | undefined): Response {
  const [status, detail] = (parserCode !== undefined && unreadable[parserCode]) || [400, "This is no HTTP request."];
  const context = { requestId: newRequestId(), linkBase: null, status };
  const response = problemResponse(
    new AppError("invalid_request", detail, { hint: "Send a request as HTTP/1.1 says." }),
    context,
  );
  for (const header of strictHeaders) response.headers.set(...header);
  response.headers.set("x-request-id", context.requestId);
  return response;
}

const unreadable: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive in time."],
};

type ProblemResponses = Record<
  number,
  {
    description: string;
    headers: Record<string, object>;
    content: { "application/problem+json": { schema: typeof Problem; examples: object } };
  }
>;

/** Headers of codes that alone of their status have them; those of whole statuses come from `describeAnswers`. */
const headersOfCode: Partial<Record<ErrorCode, Record<string, object>>> = {
  idempotency_in_progress: { "Retry-After": { $ref: "#/components/headers/Retry-After" } },
  range_not_satisfiable: {
    "Content-Range": {
      schema: { type: "string", example: "bytes */31457280" },
      description: "How many bytes the file has.",
      required: true,
    },
  },
};

/** The error answers of an operation that needs a key: any of them may also fail with `internal_error`. */
export function problemResponses(...codes: readonly ErrorCode[]): ProblemResponses {
  return describeProblems(...new Set<ErrorCode>([...codes, "internal_error"]));
}

/** Error answers for an OpenAPI description, one status each, with an example for each code. */
export function describeProblems(...codes: readonly ErrorCode[]): ProblemResponses {
  const responses: ProblemResponses = {};
  for (const status of new Set(codes.map((code) => errorCodes[code].status))) {
    const same = codes.filter((code) => errorCodes[code].status === status);
    responses[status] = {
      description: same.map((code) => `\`${code}\`: ${errorCodes[code].title}.`).join(" "),
      headers: Object.assign({}, ...same.map((code) => headersOfCode[code] ?? {})),
      content: {
        [problemType]: {
          schema: Problem,
          examples: Object.fromEntries(same.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    };
  }
  return responses;
}

/** As `describeProblems` does, for a code that HTTP has another status for; in a document that has the schema already. */
export function describeProblem(code: ErrorCode, status: number, detail: string): Record<string, unknown> {
  const examples = { [code]: { value: { ...exampleOf(code), status, detail } } };
  const media = { schema: { $ref: "#/components/schemas/Problem" }, examples };
  return { description: `\`${code}\`: ${detail}`, content: { [problemType]: media } };
}

function exampleOf(code: ErrorCode): Problem {
  const { status, title, hint } = errorCodes[code];
  return {
    type: problemUrl(code, null),
    title,
    status,
    detail: title,
    code,
    hint,
    requestId: "req_0199f3a2c4d87b1e9a5d6c3f20417e88",
    retryable: isRetryable(code),
  };
}
