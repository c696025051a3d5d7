import type { EngineChoice } from "../../../engines/engine-choice.ts";
import type { ColumnKit } from "./column-kit.ts";

/** Which engine attempts are run with. */
export function engineTables(kit: ColumnKit) {
  /** One row, once somebody has chosen. */
  const engineChoice = kit.table("engine_choice", {
    id: kit.integer("id").primaryKey(),
    revision: kit.integer("revision").notNull(),
    choice: kit.json<EngineChoice & { readonly v: 1 }>("choice").notNull(),
  });
  return { engineChoice };
}
