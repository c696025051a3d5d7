import { AppError } from "../errors/app-error.ts";
import type { EngineChoice } from "./engine-choice.ts";
import type { EngineChoices } from "./engine-choices.ts";

/** Each try loses only to a change that somebody else made meanwhile. */
const mostTries = 20;

/**
 * Changes what is chosen, however many processes do so at once. `change` may be called several times, with what is there by then; it
 * gives its argument back to change nothing.
 */
export async function changeChoice(
  choices: EngineChoices,
  change: (choice: EngineChoice) => EngineChoice,
): Promise<EngineChoice> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const { revision, choice } = await choices.read();
    const changed = change(choice);
    if (changed === choice || (await choices.write(revision, changed))) return changed;
  }
  throw new AppError("unavailable", "The choice of the engine is being changed by too many processes at once.");
}
