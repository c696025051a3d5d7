/** A page of a list. */
export interface Page<T> {
  readonly data: readonly T[];
  /** For the next page; null on the last one. */
  readonly nextCursor: string | null;
  /** The page after this one; null on the last one. */
  next(): Promise<Page<T> | null>;
}

/** A list: await it for its first page, iterate over it for everything on all pages. */
export interface PagedList<T> extends Promise<Page<T>>, AsyncIterable<T> {
  /** Everything on all pages, at most `limit` of it. */
  toArray(options: { readonly limit: number }): Promise<T[]>;
}

/** Makes a list out of what fetches one page. The first page is asked for at once, the others when the iteration comes to them. */
export function pagedList<T>(
  fetchPage: (
    cursor: string | undefined,
  ) => Promise<{ readonly data: readonly T[]; readonly nextCursor: string | null }>,
  cursor?: string,
): PagedList<T> {
  const load = async (from: string | undefined): Promise<Page<T>> => {
    const { data, nextCursor } = await fetchPage(from);
    return { data, nextCursor, next: async () => (nextCursor === null ? null : load(nextCursor)) };
  };
  const first = load(cursor);
  async function* all(): AsyncGenerator<T, void, void> {
    for (let page: Page<T> | null = await first; page !== null; page = await page.next()) yield* page.data;
  }
  return Object.assign(first, {
    [Symbol.asyncIterator]: all,
    toArray: async ({ limit }: { readonly limit: number }): Promise<T[]> => {
      const taken: T[] = [];
      if (limit <= 0) return taken;
      for await (const one of all()) if (taken.push(one) >= limit) break;
      return taken;
    },
  });
}
