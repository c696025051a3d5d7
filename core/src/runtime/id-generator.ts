import type { IdPrefix } from "./ids.ts";

/** Makes ids: a prefix that names the kind and a UUIDv7, so that ids sort by the time they were made. */
export interface IdGenerator {
  next<P extends IdPrefix>(prefix: P): `${P}_${string}`;
}
