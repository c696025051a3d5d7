import type { Account } from "@vidferry/sdk";
import { formatBytes } from "../format/bytes.ts";
import { language } from "../language/language.ts";

/** What an owner may use. */
export type Limit = keyof Account["limits"];

export const limits: readonly Limit[] = [
  "runningJobs",
  "queuedJobs",
  "jobsPerDay",
  "bytesPerMonth",
  "storedBytes",
  "requestsPerMinute",
  "probes",
  "streams",
  "weight",
];

export const isOfBytes = (limit: Limit): boolean => limit === "bytesPerMonth" || limit === "storedBytes";

export const showLimit = (limit: Limit, value: number): string =>
  isOfBytes(limit) ? formatBytes(value) : value.toLocaleString(language);

/** How much of it is used; null: it is not counted. */
export const usedOf = ({ usage }: Account, limit: Limit): number | null =>
  (usage as Readonly<Record<string, number | null>>)[limit] ?? null;
