import { type ApiError, readApiError, TimeoutError, toConnectionError, VidferryError } from "./errors.ts";
import { randomId } from "./random-id.ts";
import { createRaw } from "./raw.ts";
import type { RawClient } from "./raw-types.ts";
import { isPassing, retryAfterOf, retryDelay } from "./retry-policy.ts";
import { readApiKey, readBaseUrl, readHeaders } from "./settings.ts";
import { sleep } from "./sleep.ts";
import { checkBody, checkHead, checkPlace, type Expected } from "./unexpected-answer.ts";
import { version } from "./version.ts";

/** Does a request. The platform's `fetch` fits, and so does the `fetch` of an app in the same process. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** Is told what a client does; `console` is one. Never of keys, bodies or queries. */
export interface ClientLogger {
  /** Each answer, and each try that failed. */
  debug(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** Each repetition. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** How a client reaches its service. */
export interface TransportOptions {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly fetch?: Fetch | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly logger?: ClientLogger | undefined;
  /** How long one try may take until its answer is there, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxRetries: number;
}

/** What may differ from call to call. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long one try may take, in milliseconds. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** How often a try that failed for a passing reason is repeated. Default: the client's. */
  readonly maxRetries?: number | undefined;
}

/** What a call of ours adds. */
export interface SendOptions extends CallOptions {
  /**
   * What answer counts. `events` and `bytes` are handed out as they come, and only the time until the headers counts; others
   * are read within the try. Default: JSON.
   */
  readonly expects?: Expected | undefined;
  /** How long the service was asked to wait before it answers, in milliseconds; a try may take that much longer. */
  readonly waitMs?: number | undefined;
  /** Called before each retry: whether the earlier tries took effect is not known. */
  readonly onRetry?: (() => void) | undefined;
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

/** Makes the transport. Throws a {@link VidferryError} for options that cannot be right. */
export function createTransport(options: TransportOptions): Transport {
  const { timeoutMs, maxRetries, logger } = options;
  const [baseUrl, apiKey, headers] = [
    readBaseUrl(options.baseUrl),
    readApiKey(options.apiKey),
    readHeaders(options.headers),
  ];
  // Wrapped: browsers throw `Illegal invocation` when `fetch` is called as a method of another object.
  const fetchOnce: Fetch = options.fetch ?? ((request) => globalThis.fetch(request));

  const sender = ({ expects = "json", signal, onRetry, ...call }: SendOptions = {}) => {
    const limit = (call.timeoutMs ?? timeoutMs) + (call.waitMs ?? 0);
    const attempts = 1 + (call.maxRetries ?? maxRetries);
    return async (request: Request): Promise<Response> => {
      // With a key the service answers a repetition as it answered the try whose answer was lost.
      if (request.method === "POST" && !request.headers.has(onceHeader)) {
        request.headers.set(onceHeader, randomId());
      }
      for (let attempt = 1; ; attempt++) {
        const began = Date.now();
        const outcome = await tryOnce(fetchOnce, request.clone(), { signal, timeoutMs: limit, expects });
        const fields = { ...describeTry(request, outcome), attempt, durationMs: Date.now() - began };
        logger?.debug("vidferry: a try ended", fields);
        if (outcome.response !== undefined) return outcome.response;
        const delay = outcome.passing && attempt < attempts ? retryDelay(attempt, outcome.retryAfterMs) : null;
        if (delay === null) throw outcome.error;
        logger?.warn("vidferry: trying again", { ...fields, delayMs: Math.round(delay) });
        await sleep(delay, signal);
        onRetry?.();
      }
    };
  };

  const raw = createRaw({
    baseUrl,
    fetch: sender({ expects: "any" }),
    headers: {
      ...userAgent(),
      ...headers,
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
  });
  return { raw, sender, resolve: (path) => (URL.canParse(path) ? path : baseUrl + path) };
}

/** Servers say who they are; in pages the header would ask for permission of CORS. */
function userAgent(): Readonly<Record<string, string>> {
  const platform = /^(Bun|Deno|Node\.js)\/[\d.]+/.exec(globalThis.navigator?.userAgent ?? "")?.[0];
  return platform === undefined ? {} : { "user-agent": `vidferry-sdk/${version} ${platform}` };
}

type Outcome =
  | { readonly response: Response; readonly error?: never }
  | {
      readonly response?: never;
      readonly error: VidferryError;
      readonly passing: boolean;
      readonly retryAfterMs: number | null;
    };

/** What may be logged of a try: no query, since it may hold a ticket or a token. */
function describeTry({ method, url }: Request, { response, error }: Outcome): Readonly<Record<string, unknown>> {
  return {
    method,
    path: new URL(url).pathname,
    ...(response === undefined
      ? { error: error.name, message: error.message }
      : { status: response.status, requestId: response.headers.get("x-request-id") }),
  };
}

/** One try. Rejects only with the reason of the caller's signal. */
async function tryOnce(
  fetchOnce: Fetch,
  request: Request,
  {
    signal,
    timeoutMs,
    expects,
  }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number; readonly expects: Expected },
): Promise<Outcome> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const { method, url } = request;
  let response: Response | undefined;
  try {
    const ends = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    const redirect = method === "GET" || method === "HEAD" ? "follow" : "manual";
    response = await fetchOnce(new Request(request, { signal: ends, redirect }));
    checkPlace(response, url);
    if (response.ok) {
      checkHead(response, url, expects);
      return {
        response: expects === "events" || expects === "bytes" ? response : await readWhole(response, url, expects),
      };
    }
    const retryAfterMs = retryAfterOf(response.headers, Date.now());
    const passing = isPassing(response);
    const error = await readApiError(response, retryAfterMs);
    return { error, passing: passing || isInProgress(error), retryAfterMs };
  } catch (cause) {
    signal?.throwIfAborted();
    // Frees the connection of an answer that nobody reads.
    await response?.body?.cancel().catch(() => undefined);
    if (cause instanceof VidferryError) return { error: cause, passing: false, retryAfterMs: null };
    const error = late.signal.aborted
      ? new TimeoutError(`The service did not answer within ${timeoutMs} ms.`, { cause })
      : toConnectionError(new URL(url).origin, cause);
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
async function readWhole(response: Response, url: string, expects: Expected): Promise<Response> {
  const { status, headers } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  if (expects === "json") checkBody(body, response, url);
  const whole = new Response(body.byteLength === 0 ? null : body, { status, headers });
  // A response that is made has no address of its own; errors about its content name it.
  return Object.defineProperty(whole, "url", { value: url });
}
