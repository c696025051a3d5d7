import { type ListPage, listPath } from "./light-lists.ts";

/** An entry of a list. */
export interface ListEntry {
  readonly url: string;
  readonly title: string;
  readonly isPrivate: boolean;
}

/** A list that the light engine reads page by page. */
export interface ServedList {
  readonly name: string;
  readonly entries: readonly ListEntry[];
  /** So many reads of a page behind the first are answered 503. */
  readonly failures: number;
  /** Each time a page behind the first was read, the next of these comes to stand at the front. */
  readonly newcomers: readonly ListEntry[];
}

/** A site with lists, which change and fail while they are read. */
export interface ListServer extends AsyncDisposable {
  readonly port: number;
  serve(list: ServedList): void;
  /** Puts entries at the front of a list. */
  grow(name: string, entries: readonly ListEntry[]): void;
  /** Pages that were read, and those that failed. */
  readonly pages: number;
  readonly failed: number;
}

/** Starts it on a free port. */
export function startListServer(): ListServer {
  const lists = new Map<string, { entries: ListEntry[]; failures: number; newcomers: ListEntry[] }>();
  let pages = 0;
  let failed = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const list = lists.get(pathname.slice(listPath.length));
      if (list === undefined) return new Response(null, { status: 404 });
      const offset = Number(searchParams.get("offset"));
      const end = offset + Number(searchParams.get("limit"));
      if (offset > 0 && list.failures > 0) {
        list.failures -= 1;
        failed += 1;
        return new Response(null, { status: 503 });
      }
      const page: ListPage = {
        title: pathname,
        entries: list.entries.slice(offset, end),
        hasMore: end < list.entries.length,
      };
      pages += 1;
      const newcomer = offset > 0 ? list.newcomers.shift() : undefined;
      if (newcomer !== undefined) list.entries.unshift(newcomer);
      return Response.json(page);
    },
  });
  return {
    port: server.port ?? 0,
    serve: ({ name, entries, failures, newcomers }) =>
      void lists.set(name, { entries: [...entries], failures, newcomers: [...newcomers] }),
    grow: (name, entries) => void lists.get(name)?.entries.unshift(...entries),
    get pages() {
      return pages;
    },
    get failed() {
      return failed;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
