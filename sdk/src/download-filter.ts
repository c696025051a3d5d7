import type { BulkRequest, DownloadFilter, ListParameters, ListQuery } from "./types.ts";

/** The body of a request for several jobs. */
export function toBulkBody(request: BulkRequest) {
  const { action } = request;
  if ("ids" in request) return { action, ids: [...request.ids] };
  const { filter, limit, cursor = null } = request;
  return {
    action,
    filter: toFilter(filter),
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === null ? {} : { cursor }),
  };
}

/** The filter as the API takes it in a body. */
function toFilter(filter: DownloadFilter) {
  const { state, code, batchId, scheduleId, q, labels } = filter;
  const times = Object.entries({
    createdAfter: filter.createdAfter,
    createdBefore: filter.createdBefore,
    finishedAfter: filter.finishedAfter,
    finishedBefore: filter.finishedBefore,
  }).flatMap(([name, time]) =>
    time === undefined ? [] : [[name, typeof time === "string" ? time : time.toISOString()]],
  );
  return {
    ...(state === undefined ? {} : { state: typeof state === "string" ? [state] : [...state] }),
    ...(code === undefined ? {} : { code: typeof code === "string" ? [code] : [...code] }),
    ...(batchId === undefined ? {} : { batchId }),
    ...(scheduleId === undefined ? {} : { scheduleId }),
    ...(q === undefined ? {} : { q }),
    ...(labels === undefined ? {} : { labels }),
    ...(Object.fromEntries(times) as Partial<Record<TimeName, string>>),
  };
}

type TimeName = "createdAfter" | "createdBefore" | "finishedAfter" | "finishedBefore";

/** The filter as the API takes it in a query. */
export function toParameters({ limit, ...filter }: Omit<ListQuery, "cursor">): ListParameters {
  const { labels = {}, ...rest } = toFilter(filter);
  return {
    ...rest,
    ...(limit === undefined ? {} : { limit }),
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label.${name}`, value])),
  };
}
