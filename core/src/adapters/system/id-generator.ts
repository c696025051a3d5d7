import { V7Generator } from "uuidv7";
import type { IdGenerator } from "../../runtime/id-generator.ts";
import type { IdPrefix } from "../../runtime/ids.ts";

/**
 * Makes ids out of UUIDv7. Ids of one generator rise strictly, also within a millisecond and when the host's clock is set
 * back by up to ten seconds; ids of different hosts sort as well as their clocks agree.
 */
export function createIdGenerator(): IdGenerator {
  const generator = new V7Generator();
  return {
    next<P extends IdPrefix>(prefix: P): `${P}_${string}` {
      return `${prefix}_${generator.generate().toHex()}`;
    },
  };
}
