import { describe, expect, test } from "bun:test";
import { parseConfig } from "../config/config.ts";
import { AppError } from "../errors/app-error.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ComposedBackends } from "./backends.ts";
import { prepareBackends } from "./prepare-backends.ts";

/** Backends whose database was migrated, or was not, and what was logged. */
function prepared(isMigrated: boolean) {
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const logger = { debug: note, info: note, warn: note, error: note } as unknown as Logger;
  let isCurrent = isMigrated;
  const answers = { check: async () => undefined };
  const backends = {
    database: {
      check: async () => {
        if (!isCurrent) throw new AppError("unavailable", "The database's schema is older.");
      },
    },
    queue: answers,
    checkListening: null,
    blobs: answers,
    migrate: async () => {
      isCurrent = true;
    },
  } as unknown as ComposedBackends;
  const config = parseConfig({ DATABASE_URL: "postgres://127.0.0.1/shared" });
  const { signal } = new AbortController();
  return prepareBackends(config, backends, logger, { signal, migrate: true }).then(() => said);
}

describe("the start of a service", () => {
  test("says that it made or updated tables in the database, and says nothing where they were there", async () => {
    expect(await prepared(false)).toEqual([expect.stringContaining("made or updated Vidferry's tables")]);
    expect(await prepared(true)).toEqual([]);
  });
});
