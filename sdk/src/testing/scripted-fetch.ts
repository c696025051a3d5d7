import type { Fetch } from "../transport.ts";

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** What a scripted fetch does with a request: an answer, or an error when it throws. */
export type Step = (request: Request) => Response | Promise<Response>;

/** A fetch that takes its answers from a list, one a request, and keeps what it was asked. */
export function scriptedFetch(...steps: readonly Step[]): { readonly fetch: Fetch; readonly sent: SentRequest[] } {
  const sent: SentRequest[] = [];
  const rest = [...steps];
  return {
    sent,
    fetch: async (request) => {
      const { method, headers } = request;
      sent.push({ method, url: new URL(request.url), headers, body: await request.clone().text() });
      const step = rest.shift();
      if (step === undefined) throw new Error(`unexpected request: ${method} ${request.url}`);
      return step(request);
    },
  };
}

/** Answers with JSON. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Step {
  return () => Response.json(body, { status, headers });
}

/** Answers with a problem, to be repeated at once if it is repeated. */
export function problem(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Step {
  const body = {
    type: "about:blank",
    title: code,
    status,
    detail: `It is ${code}.`,
    code,
    hint: "Wait.",
    requestId: "req_1",
  };
  return json({ ...body, retryable: status >= 500 }, status, {
    "content-type": "application/problem+json",
    "retry-after-ms": "1",
    ...headers,
  });
}

/** Fails as a connection does. */
export const refused: Step = () => {
  throw new TypeError("connection refused");
};

/** Never answers, and gives up when the request is aborted. */
export const silent: Step = (request) =>
  new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
  });
