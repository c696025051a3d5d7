import type { IdPrefix } from "./ids.ts";

/**
 * An id as `IdGenerator` makes them, of a given time: for rows that follow from a write inside a store, where no generator is
 * at hand. Ids of one millisecond are in no order.
 */
export function timeOrderedId<P extends IdPrefix>(prefix: P, time: Date): `${P}_${string}` {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const milliseconds = time.getTime().toString(16).padStart(12, "0");
  // The version, and the variant in the upper bits of the digit after it; RFC 9562 §5.7.
  const variant = (8 + ((bytes[9] ?? 0) & 3)).toString(16);
  return `${prefix}_${milliseconds}7${random.slice(0, 3)}${variant}${random.slice(3, 18)}`;
}
