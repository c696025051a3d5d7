import { AppError } from "../errors/app-error.ts";
import type { EgressId } from "../runtime/ids.ts";
import type { EgressCondition } from "./condition.ts";

/** When cookies are sent: only after a source has asked for them, or with every request. */
export type CookiesUse = "needed" | "always";

/** What is known of an egress's cookies without reading them. */
export interface CookieState {
  /** Counts the texts; a write names the one that it read. */
  readonly version: number;
  /** When somebody last looked whether they are valid; null: nobody has. */
  readonly checkedAt: Date | null;
  /** Null: unknown. */
  readonly valid: boolean | null;
}

/** What an operator sets of an egress. */
export interface EgressSettings {
  /** Unique. Requests, logs and metrics call it so. */
  readonly name: string;
  /** A second name, which several egresses may share; null: none. */
  readonly pool: string | null;
  /** False: nothing goes through it. */
  readonly enabled: boolean;
  readonly cookiesUse: CookiesUse;
  /** Most uses in an hour, whichever hour that is; null: any number. */
  readonly resolvesPerHour: number | null;
  /** Shortest pause between two uses, in seconds; up to as long again is added at random. */
  readonly spacingSeconds: number;
  /** Hosts that it is for, each with its subdomains; empty: all. */
  readonly hosts: readonly string[];
}

/** The identity that sites see: an address, the machine's or a proxy's, perhaps with cookies. */
export interface Egress extends EgressSettings {
  readonly id: EgressId;
  /** URL of its proxy, encrypted; null: none. */
  readonly proxy: string | null;
  /** Null: it has none. */
  readonly cookies: CookieState | null;
  readonly condition: EgressCondition;
  /** Counts the conditions; a write names the one that it read. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What an egress has unless its operator says otherwise. */
export const defaultSettings = {
  pool: null,
  enabled: true,
  cookiesUse: "needed",
  resolvesPerHour: 250,
  spacingSeconds: 3,
  hosts: [],
} as const satisfies Omit<EgressSettings, "name">;

/** Egresses that there may be. */
export const mostEgresses = 200;

/** The id of the egress that every service has. */
export const directEgressId: EgressId = `egr_${"0".repeat(32)}`;

/** The error of one more than there may be. */
export const tooManyEgresses = (): AppError =>
  new AppError("quota_exceeded", `There may be ${mostEgresses} egresses.`, { hint: "Delete one that is not needed." });

/** The error of a name that another egress has. */
export const nameTaken = (name: string): AppError => {
  const message = `there is an egress with the name ${JSON.stringify(name)} already`;
  return new AppError("invalid_request", `name: ${message}`, { fields: [{ path: "/name", message }] });
};
