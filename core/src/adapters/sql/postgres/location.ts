import { AppError } from "../../../errors/app-error.ts";

/** The location of the tables: a database, and a schema in it. */
export interface PostgresLocation {
  /** The URL for the driver. */
  readonly url: string;
  readonly schema: string;
}

export const standardSchema = "vidferry";

/**
 * Splits `?schema=` off a URL. The name becomes part of statements, so only plain names are allowed: those that mean the same
 * with and without quotes.
 */
export function readLocation(url: string): PostgresLocation {
  const [address = "", ...rest] = url.split("?");
  const parameters = new URLSearchParams(rest.join("?"));
  const names = parameters.getAll("schema");
  if (names.length > 1) throw refused("`?schema=` stands in it more than once");
  parameters.delete("schema");
  const schema = names[0] ?? standardSchema;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw refused("`?schema=` takes a name of at most 63 small letters, digits and `_`, which begins with no digit");
  }
  if (schema.startsWith("pg_") || schema === "information_schema") {
    throw refused(`the schema ${schema} belongs to PostgreSQL itself`);
  }
  return { url: parameters.size > 0 ? `${address}?${parameters}` : address, schema };
}

function refused(reason: string): AppError {
  return new AppError("unavailable", `The database's URL is refused: ${reason}.`, {
    hint: `Correct it, or leave \`?schema=\` out: the tables are then in the schema ${standardSchema}.`,
    permanent: true,
  });
}
