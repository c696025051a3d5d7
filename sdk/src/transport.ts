import createClient, { type Client } from "openapi-fetch";
import { type ApiError, ConnectionError, readApiError, TimeoutError, VidferryError } from "./errors.ts";
import type { paths } from "./generated/schema.ts";
import { isPassing, retryAfterOf, retryDelay } from "./retry-policy.ts";
import { sleep } from "./sleep.ts";

/** Does a request. The platform's `fetch` fits, and so does the `fetch` of an app in the same process. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** The typed low layer: every operation of the API by method and path. */
export type RawClient = Client<paths>;

/** How a client reaches its service. */
export interface TransportOptions {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly fetch?: Fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one try may take until its answer is there, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxRetries: number;
}

/** What may differ from call to call. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long one try may take, in milliseconds. Default: the client's. */
  readonly timeoutMs?: number;
  /** How often a try that failed for a passing reason is repeated. Default: the client's. */
  readonly maxRetries?: number;
}

/** What a call of ours adds. */
export interface SendOptions extends CallOptions {
  /** Hand the body out as it comes; then only the time until the headers counts. Default: the body is read within the try. */
  readonly streamed?: boolean;
  /** How long the service was asked to wait before it answers, in milliseconds; a try may take that much longer. */
  readonly waitMs?: number;
  /** Called before each retry: whether the earlier tries took effect is not known. */
  readonly onRetry?: () => void;
}

/** Sends the calls of a client. */
export interface Transport {
  readonly raw: RawClient;
  /** The whole address of a path of the service. */
  resolve(path: string): string;
  /** The `fetch` for one call of {@link raw}. It rejects with the errors of this package, also for answers that are not ok. */
  sender(options?: SendOptions): (request: Request) => Promise<Response>;
}

const onceHeader = "idempotency-key";

/** Makes the transport. Throws a {@link VidferryError} when the base URL is none. */
export function createTransport(options: TransportOptions): Transport {
  const { apiKey, headers, timeoutMs, maxRetries } = options;
  // Wrapped: browsers throw `Illegal invocation` when `fetch` is called as a method of another object.
  const fetchOnce: Fetch = options.fetch ?? ((request) => globalThis.fetch(request));

  const sender = (call: SendOptions = {}) => {
    const limit = (call.timeoutMs ?? timeoutMs) + (call.waitMs ?? 0);
    const attempts = 1 + (call.maxRetries ?? maxRetries);
    return async (request: Request): Promise<Response> => {
      // With a key the service answers a repetition as it answered the try whose answer was lost.
      if (request.method === "POST" && !request.headers.has(onceHeader)) {
        request.headers.set(onceHeader, crypto.randomUUID());
      }
      for (let attempt = 1; ; attempt++) {
        const outcome = await tryOnce(fetchOnce, request.clone(), { ...call, timeoutMs: limit });
        if (outcome.response !== undefined) return outcome.response;
        const delay = outcome.passing && attempt < attempts ? retryDelay(attempt, outcome.retryAfterMs) : null;
        if (delay === null) throw outcome.error;
        await sleep(delay, call.signal);
        call.onRetry?.();
      }
    };
  };

  const baseUrl = parseBaseUrl(options.baseUrl);
  const raw = createClient<paths>({
    baseUrl,
    fetch: sender(),
    headers: { ...headers, ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) },
    // The API takes `label.name=value`, and lists as repeated parameters.
    querySerializer: { array: { style: "form", explode: true } },
  });
  return { raw, sender, resolve: (path) => (URL.canParse(path) ? path : baseUrl + path) };
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new VidferryError("baseUrl must be the http or https address of a Vidferry service.");
  }
  return text.replace(/\/+$/, "");
}

type Outcome =
  | { readonly response: Response; readonly error?: never }
  | {
      readonly response?: never;
      readonly error: VidferryError;
      readonly passing: boolean;
      readonly retryAfterMs: number | null;
    };

/** One try. Rejects only with the reason of the caller's signal. */
async function tryOnce(
  fetchOnce: Fetch,
  request: Request,
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number; readonly streamed?: boolean },
): Promise<Outcome> {
  const { signal, timeoutMs, streamed = false } = options;
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    const ends = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    const response = await fetchOnce(new Request(request, { signal: ends }));
    if (response.ok) return { response: streamed ? response : await readWhole(response) };
    const retryAfterMs = retryAfterOf(response.headers, Date.now());
    const passing = isPassing(response);
    const error = await readApiError(response, retryAfterMs);
    return { error, passing: passing || isInProgress(error), retryAfterMs };
  } catch (cause) {
    signal?.throwIfAborted();
    const error = late.signal.aborted
      ? new TimeoutError(`The service did not answer within ${timeoutMs} ms.`, { cause })
      : new ConnectionError(`The connection to ${new URL(request.url).origin} failed.`, { cause });
    return { error, passing: true, retryAfterMs: null };
  } finally {
    clearTimeout(timer);
  }
}

/** The first request with the same idempotency key is still running: retrying soon gets its response. */
function isInProgress(error: ApiError): boolean {
  return error.code === "idempotency_in_progress";
}

// Read within the try, so that a connection that breaks in the middle of the body counts as a failed try.
async function readWhole(response: Response): Promise<Response> {
  const { status, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}
