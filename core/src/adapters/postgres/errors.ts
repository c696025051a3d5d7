import type { Diagnose } from "../sql/guard.ts";

type Diagnosis = ReturnType<Diagnose>;

const unavailable = (detail: string): Diagnosis => ({ code: "unavailable", detail });

const refused = (detail: string): Diagnosis => ({ code: "unavailable", detail, permanent: true });

const unreachable = unavailable("The database cannot be reached.");

/** Codes of the driver and of the system: the server is not there, or went away. */
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

/** What an error of the server or of the driver means; SQLSTATEs by class, or whole where a class says too little. */
export const diagnosePostgres: Diagnose = (error) => {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string") return null;
  if (connectionCodes.has(code) || code.startsWith("08")) return unreachable;
  switch (code) {
    case "53100":
      return { code: "disk_full", detail: "The disk of the database is full." };
    case "3D000":
      return refused("The database named in the URL does not exist.");
    case "42P01":
    case "42703":
      return unavailable("The database's schema is older than this version of Vidferry: run `vidferry migrate`.");
    case "57014":
      return unavailable("The database took too long to answer.");
  }
  if (code.startsWith("28")) return refused("The database refuses the user or the password.");
  if (code.startsWith("57P")) return unavailable("The database is shutting down or starting.");
  if (code.startsWith("53")) return unavailable("The database has no resources left, for example connections.");
  return null;
};
