import type { DeploymentId } from "../runtime/ids.ts";

/**
 * Says beside the things of a deployment which one they belong to: a small text that no list of these things shows.
 * Whoever deletes what he finds in a place looks at its mark first.
 */
export interface DeploymentMark {
  /** What is written there, whatever it is; null when nothing is. Rejects with `storage_error` when that cannot be told. */
  read(): Promise<string | null>;
  /** Writes the id unless a mark is there. Of several that claim at once one wins. Returns the mark that is there then. */
  claim(id: DeploymentId): Promise<string>;
  /** Writes the id in place of whatever is there: for an operator who says so. */
  replace(id: DeploymentId): Promise<void>;
}
