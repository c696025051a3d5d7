import { firstChoice } from "../../engines/engine-choice.ts";
import type { EngineChoices } from "../../engines/engine-choices.ts";
import { storedCopy } from "../../jobs/rules/storable.ts";
import type { Decide, MemoryState } from "./state.ts";

/** The choice of the engine in memory. */
export function createMemoryEngineChoices({ engineChoice }: MemoryState, decide: Decide): EngineChoices {
  return {
    read: () => decide(() => engineChoice.get("only") ?? { revision: 0, choice: firstChoice }),
    write: (revision, choice) =>
      decide(() => {
        if ((engineChoice.get("only")?.revision ?? 0) !== revision) return false;
        engineChoice.set("only", { revision: revision + 1, choice: storedCopy(choice) });
        return true;
      }),
  };
}
