import { and, eq } from "drizzle-orm";
import { firstChoice } from "../../../engines/engine-choice.ts";
import type { EngineChoices } from "../../../engines/engine-choices.ts";
import type { OpenConnection } from "./connection.ts";

/** The only row. */
const id = 1;

/** The choice of the engine over SQL: one implementation for both dialects. */
export function createSqlEngineChoices(open: OpenConnection): EngineChoices {
  return {
    read: async () => {
      const { schema, read } = await open();
      const [row] = await read((db) => db.select().from(schema.engineChoice).where(eq(schema.engineChoice.id, id)));
      if (row === undefined) return { revision: 0, choice: firstChoice };
      const { v: _, ...choice } = row.choice;
      return { revision: row.revision, choice };
    },

    write: async (revision, choice) => {
      const { schema, write } = await open();
      const { engineChoice } = schema;
      const next = { revision: revision + 1, choice: { v: 1 as const, ...choice } };
      const written = await write((db) =>
        revision === 0
          ? db
              .insert(engineChoice)
              .values({ id, ...next })
              .onConflictDoNothing()
              .returning({ id: engineChoice.id })
          : db
              .update(engineChoice)
              .set(next)
              .where(and(eq(engineChoice.id, id), eq(engineChoice.revision, revision)))
              .returning({ id: engineChoice.id }),
      );
      return written.length > 0;
    },
  };
}
