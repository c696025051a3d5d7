/** An S3 server that can refuse to work. */
export interface FaultyStorage extends AsyncDisposable {
  readonly url: string;
  /** Answers 503 SlowDown while it is set. */
  overloaded: boolean;
  /** Requests that were refused. */
  readonly refused: number;
}

const slowDown = `<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`;

/** Starts a proxy in front of the S3 server at `endpoint`. */
export function startFaultyStorage(endpoint: string): FaultyStorage {
  let overloaded = false;
  let refused = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    maxRequestBodySize: 64 * 1024 ** 2,
    async fetch(request) {
      if (overloaded) {
        refused += 1;
        return new Response(slowDown, { status: 503, headers: { "content-type": "application/xml" } });
      }
      const { pathname, search } = new URL(request.url);
      const body = request.body === null ? null : await request.arrayBuffer();
      // As they come: an S3 client checks lengths and checksums itself.
      return await fetch(`${endpoint}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        body,
        redirect: "manual",
      });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    get overloaded() {
      return overloaded;
    },
    set overloaded(value) {
      overloaded = value;
    },
    get refused() {
      return refused;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
