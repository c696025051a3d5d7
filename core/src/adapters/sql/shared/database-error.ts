import { AppError, isAppError } from "../../../errors/app-error.ts";

/** What a driver's error means, or null when its code tells nothing in particular. */
export type Diagnose = (error: Error) => {
  readonly code: "unavailable" | "disk_full";
  readonly detail: string;
  /** What to do, where the code alone does not say it. */
  readonly hint?: string;
  /** See {@link AppError.permanent}. */
  readonly permanent?: boolean;
} | null;

/**
 * Runs something against the database and turns what it throws into an AppError.
 * Drizzle's own message quotes the statement and its parameters; only the driver's error goes on, as the cause.
 */
export async function withDatabaseErrors<T>(diagnose: Diagnose, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw toDatabaseError(diagnose, thrown);
  }
}

/** See {@link withDatabaseErrors}. */
export function toDatabaseError(diagnose: Diagnose, thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const cause = driverError(thrown);
  const meaning = cause instanceof Error ? diagnose(cause) : null;
  if (meaning === null) return new AppError("internal_error", "The database refused a query.", { cause });
  const { code, detail, hint, permanent = false } = meaning;
  return new AppError(code, detail, { cause, permanent, ...(hint !== undefined && { hint }) });
}

/** The driver's own error, out of what Drizzle puts around it. */
export function driverError(thrown: unknown): unknown {
  // `query` marks the wrapper that Drizzle puts around a driver's error.
  return thrown instanceof Error && "query" in thrown && thrown.cause !== undefined ? thrown.cause : thrown;
}
