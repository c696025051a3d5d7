import type { DeploymentId } from "../runtime/ids.ts";

/**
 * Marks a storage location as belonging to one deployment: a small text beside its files that no listing of them shows.
 * Garbage collection checks the mark before it deletes anything there.
 */
export interface DeploymentMark {
  /** The text of the mark, whatever it is; null without a mark. Rejects with `storage_error` when it cannot be read. */
  read(): Promise<string | null>;
  /** Writes the id unless there is a mark. Of several concurrent claims one wins. Returns the mark afterwards. */
  claim(id: DeploymentId): Promise<string>;
  /** Writes the id in place of any other mark, on an operator's request. */
  replace(id: DeploymentId): Promise<void>;
}
