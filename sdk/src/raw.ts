import { toPath } from "./path.ts";
import type { RawClient } from "./raw-types.ts";

/** What every request of a client has. */
export interface RawOptions {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: (request: Request) => Promise<Response>;
}

type Values = Readonly<Record<string, unknown>>;

/** What a call gives, whatever its operation. */
interface RawInit extends Omit<RequestInit, "body" | "headers"> {
  readonly params?: { readonly path?: Values; readonly query?: Values; readonly header?: Values };
  readonly body?: unknown;
  readonly headers?: HeadersInit | Values;
  readonly parseAs?: "json" | "text" | "blob" | "arrayBuffer" | "stream";
  readonly fetch?: RawOptions["fetch"];
}

/** Makes the low layer. */
export function createRaw({ baseUrl, headers, fetch }: RawOptions): RawClient {
  const by =
    (method: string) =>
    async (path: string, { params = {}, body, headers: more, parseAs = "json", ...init }: RawInit = {}) => {
      const { fetch: send = fetch, ...rest } = init;
      const request = new Request(baseUrl + toPath(path, params.path ?? {}) + toQuery(params.query), {
        ...rest,
        method,
        headers: toHeaders(
          body === undefined ? {} : { "content-type": "application/json" },
          headers,
          more,
          params.header,
        ),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const response = await send(request);
      const data = parseAs === "stream" ? response.body : await read(response, parseAs);
      return response.ok ? { data, response } : { error: data, response };
    };
  return {
    GET: by("GET"),
    PUT: by("PUT"),
    POST: by("POST"),
    DELETE: by("DELETE"),
    HEAD: by("HEAD"),
    PATCH: by("PATCH"),
  } as unknown as RawClient;
}

/** The API takes lists as repeated parameters. What is undefined or null is left out. */
function toQuery(query: Values = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter((one) => one !== undefined && one !== null)
      .map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** Later ones replace earlier ones; null takes one away. */
function toHeaders(...sources: readonly (HeadersInit | Values | undefined)[]): Headers {
  const headers = new Headers();
  for (const source of sources) {
    const pairs = source instanceof Headers || Array.isArray(source) ? [...source] : Object.entries(source ?? {});
    for (const [name, value] of pairs as [string, unknown][]) {
      if (value === null) headers.delete(name);
      else if (value !== undefined) headers.set(name, String(value));
    }
  }
  return headers;
}

async function read(response: Response, parseAs: "json" | "text" | "blob" | "arrayBuffer"): Promise<unknown> {
  if (response.body === null) return undefined;
  if (parseAs !== "json") return response[parseAs]();
  const text = await response.text();
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}
