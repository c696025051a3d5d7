import type { Priority } from "../request-values.ts";

/**
 * How far a lane is shifted in the order of dispatch, in milliseconds. A job's rank is the time it became due plus
 * this: a low job that has waited twenty minutes goes before a high one that came just now, so no lane starves.
 */
export const laneOffsetMs = { high: -600_000, normal: 0, low: 600_000 } as const satisfies Record<Priority, number>;
