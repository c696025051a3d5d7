import type { Diagnose } from "../shared/database-error.ts";

type Diagnosis = ReturnType<Diagnose>;

const unavailable = (detail: string): Diagnosis => ({ code: "unavailable", detail });

const refused = (detail: string, hint?: string): Diagnosis => ({
  code: "unavailable",
  detail,
  permanent: true,
  ...(hint !== undefined && { hint }),
});

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? "");

const serializationFailure = "40001";
const deadlock = "40P01";
const readOnlyTransaction = "25006";

/** The server rolled back, for a temporary reason or one that another connection may not have. */
export const wroteNothing = (error: unknown): boolean =>
  [serializationFailure, deadlock, readOnlyTransaction].includes(codeOf(error));

/** The server is read-only: a standby, or the former primary after a failover. */
export const isReadOnlyServer = (error: unknown): boolean => codeOf(error) === readOnlyTransaction;

/** A pooler refuses settings for a connection that it shares between clients. */
export const isRefusedSetting = (error: unknown): boolean =>
  error instanceof Error && /parameter.*(?:statement|idle_in_transaction_session)_timeout/i.test(error.message);

/** The driver passes unknown URL parameters to the server; a pooler in front of it words its error differently. */
const unknownParameter =
  /(?:unrecognized configuration parameter|unsupported startup parameter(?: in options)?:) "?([\w.]{1,63})/;

const unreachable = unavailable("The database cannot be reached.");

/** Codes of the driver and of the system: the server cannot be reached, or closed the connection. */
const connectionCodes = new Set([
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/**
 * The connection is unusable: it broke, was never opened, or the server closed it. Between the error and the close event of a
 * socket the driver still accepts queries, and never answers them.
 */
export const brokeConnection = (error: unknown): boolean =>
  connectionCodes.has(codeOf(error)) ||
  ["FATAL", "PANIC"].includes((error as { severity?: string } | null)?.severity ?? "");

/** Maps an error of the server or of the driver; SQLSTATEs by class, or by code where the class says too little. */
export const diagnosePostgres: Diagnose = (error) => {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string") return null;
  const unknown = unknownParameter.exec(error.message)?.[1];
  if (unknown !== undefined) {
    return refused(
      `The database does not know the parameter ${unknown}, which the URL names after its \`?\`.`,
      "Take it out of DATABASE_URL: it is meant for other programs.",
    );
  }
  if (/before secure TLS connection/.test(error.message)) {
    return unavailable("The database broke off before the connection was encrypted: sslmode in the URL asks for TLS.");
  }
  if (connectionCodes.has(code) || code.startsWith("08")) return unreachable;
  switch (code) {
    case "53100":
      return { code: "disk_full", detail: "The disk of the database is full." };
    case readOnlyTransaction:
      return unavailable("The database takes no writes: it is a standby, or a failover is under way.");
    case deadlock:
    case serializationFailure:
      return unavailable("The database was asked for the same rows by too many at once.");
    case "55P03":
      return unavailable("A row of the database stayed locked for too long.");
    case "25P03":
      return unavailable("The database ended a transaction that was idle.");
    case "42501":
      return refused(
        "The database does not let this user do what Vidferry needs.",
        "Grant what docs/deployment.md lists under PostgreSQL; the log says what was refused.",
      );
    case "3D000":
      return refused("The database named in the URL does not exist.");
    case "3F000":
    case "42P01":
    case "42703":
      return unavailable(
        "The database's schema is not the one of this version of Vidferry: run `vidferry migrate`, or upgrade this host.",
      );
    case "57014":
      return unavailable("The database took too long to answer.");
  }
  if (code.startsWith("28")) return refused("The database refuses the user or the password.");
  if (code.startsWith("57P")) return unavailable("The database is shutting down or starting.");
  if (code.startsWith("53")) return unavailable("The database has no resources left, for example connections.");
  return null;
};
