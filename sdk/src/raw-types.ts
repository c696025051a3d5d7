import type { components, paths } from "./generated/schema.ts";

type Method = "get" | "put" | "post" | "delete" | "head" | "patch";

/** The paths that have an operation of a method. */
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { readonly [K in M]: { readonly responses: unknown } } ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = paths[P] extends { readonly [K in M]: infer O } ? O : never;

type NeededKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

type Parameters<O> = O extends { parameters: infer P } ? P : never;
type ParametersInit<O> =
  NeededKeys<Parameters<O>> extends never ? { readonly params?: Parameters<O> } : { readonly params: Parameters<O> };

type BodyInit<O> = O extends { requestBody: { content: infer C } }
  ? { readonly body: C[keyof C] }
  : O extends { requestBody?: { content: infer C } }
    ? { readonly body?: C[keyof C] }
    : { readonly body?: never };

/** How the body of an answer is handed out; JSON without it. */
interface Kinds {
  text: string;
  blob: Blob;
  arrayBuffer: ArrayBuffer;
  stream: ReadableStream<Uint8Array> | null;
}

/** What else a call may give: what `fetch` takes, headers, a `fetch` of its own. */
interface CommonInit extends Omit<RequestInit, "body" | "headers" | "method"> {
  readonly headers?: HeadersInit | Readonly<Record<string, string | null | undefined>>;
  readonly parseAs?: keyof Kinds | "json";
  readonly fetch?: (request: Request) => Promise<Response>;
}

type Init<O> = ParametersInit<O> & BodyInit<O> & CommonInit;

type Success = 200 | 201 | 202 | 203 | 204 | 206;
type ContentOf<R> = R extends { content: infer C } ? C[keyof C] : undefined;
type JsonOf<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends Success ? ContentOf<R[S]> : never }[keyof R]
  : never;
type DataOf<O, I> = I extends { readonly parseAs: infer K extends keyof Kinds } ? Kinds[K] : JsonOf<O>;

/** An answer: `data`, or `error` when a `fetch` of one's own lets answers through that are not ok. */
type RawAnswer<Data> =
  | { readonly data: Data; readonly error?: never; readonly response: Response }
  | { readonly data?: never; readonly error: components["schemas"]["Problem"]; readonly response: Response };

type RawMethod<M extends Method> = <P extends PathsWith<M>, I extends Init<Operation<P, M>>>(
  path: P,
  ...init: NeededKeys<Init<Operation<P, M>>> extends never ? [init?: I] : [init: I]
) => Promise<RawAnswer<DataOf<Operation<P, M>, I>>>;

/** The typed low layer: every operation of the API by method and path. */
export interface RawClient {
  readonly GET: RawMethod<"get">;
  readonly PUT: RawMethod<"put">;
  readonly POST: RawMethod<"post">;
  readonly DELETE: RawMethod<"delete">;
  readonly HEAD: RawMethod<"head">;
  readonly PATCH: RawMethod<"patch">;
}
