import type { Actor, Audit, NewAuditEntry } from "../audit/audit.ts";
import { AppError } from "../errors/app-error.ts";
import type { EngineChoice, EngineVersion } from "./engine-choice.ts";
import type { EngineChoices } from "./engine-choices.ts";

/** The part of the database that a change of the choice needs. */
export interface ChoiceStore {
  readonly engineChoices: EngineChoices;
  transaction<T>(
    run: (tx: { readonly engineChoices: EngineChoices; readonly audit: Pick<Audit, "add"> }) => Promise<T>,
  ): Promise<T>;
}

/** Each try loses only to a change that somebody else made meanwhile. */
const mostTries = 20;

/**
 * Changes what is chosen, however many processes do so at once, with an entry of the audit log where another version runs then.
 * `change` may be called several times, with what is there by then; it gives its argument back to change nothing.
 */
export async function changeChoice(
  store: ChoiceStore,
  by: Actor,
  change: (choice: EngineChoice) => EngineChoice,
): Promise<EngineChoice> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const { revision, choice } = await store.engineChoices.read();
    const changed = change(choice);
    if (changed === choice) return changed;
    const entry = describeChange(choice, changed);
    const isWritten =
      entry === null
        ? await store.engineChoices.write(revision, changed)
        : await store.transaction(async (tx) => {
            const isFirst = await tx.engineChoices.write(revision, changed);
            if (isFirst) await tx.audit.add({ ...entry, by, owner: null });
            return isFirst;
          });
    if (isWritten) return changed;
  }
  throw new AppError("unavailable", "The choice of the engine is being changed by too many processes at once.");
}

const nameOf = (version: EngineVersion): string => version ?? "settings";

/** What the audit log says of a change; null: as many attempts run with each version as before. */
function describeChange(
  before: EngineChoice,
  after: EngineChoice,
): Pick<NewAuditEntry, "action" | "subject" | "detail"> | null {
  const { current, previous, trial, left } = after;
  const used = { used: nameOf(current) };
  if (left !== null && left !== before.left)
    return { action: "engine.left", subject: left.version, detail: { ...used, reason: left.reason } };
  if (current !== before.current) {
    const isReturn = previous === undefined && current === before.previous;
    const detail = { ...used, before: nameOf(before.current) };
    return { action: isReturn ? "engine.rolled_back" : "engine.used", subject: nameOf(current), detail };
  }
  if (trial !== null && (trial.version !== before.trial?.version || trial.share !== before.trial.share))
    return { action: "engine.tried", subject: trial.version, detail: { ...used, share: trial.share } };
  if (trial === null && before.trial !== null)
    return { action: "engine.rolled_back", subject: before.trial.version, detail: used };
  return null;
}
