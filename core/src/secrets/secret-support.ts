import type { SecretBox } from "./secret-box.ts";

/** Whether secrets can be kept here, and what keeps them. */
export interface SecretSupport {
  readonly box: SecretBox;
  /** Why none can be kept; null when they can. */
  readonly refused: string | null;
}
