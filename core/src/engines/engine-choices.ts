import type { EngineChoice } from "./engine-choice.ts";

/** The choice as it is kept, and how often it was changed. */
export interface KeptChoice {
  readonly revision: number;
  readonly choice: EngineChoice;
}

/** Where all processes of a service find the engine that is chosen. */
export interface EngineChoices {
  /** `firstChoice` at revision 0 until one is written. */
  read(): Promise<KeptChoice>;
  /** Writes the choice that was made from this revision. False: somebody else was first, and nothing was written. */
  write(revision: number, choice: EngineChoice): Promise<boolean>;
}
