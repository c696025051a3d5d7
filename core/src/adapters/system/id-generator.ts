import { V7Generator } from "uuidv7";
import type { IdPrefix } from "../../job/ids.ts";
import type { IdGenerator } from "../../ports/id-generator.ts";

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
