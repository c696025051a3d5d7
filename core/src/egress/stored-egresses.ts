import type { EgressId } from "../runtime/ids.ts";
import type { EgressCondition } from "./condition.ts";
import type { Egress, EgressSettings } from "./egress.ts";

/** An egress that does not exist yet. */
export interface NewEgress extends EgressSettings {
  readonly id: EgressId;
  /** URL of its proxy, encrypted; null: none. */
  readonly proxy: string | null;
  /** Text of its cookies, encrypted; null: none. */
  readonly cookies: string | null;
}

/** What may change of an egress; absent fields stay as they are. */
export type EgressPatch = Partial<Omit<NewEgress, "id">>;

/** Cookies of an egress, as they are kept. */
export interface KeptCookies {
  /** Encrypted. */
  readonly sealed: string;
  /** Counts the texts of this egress. */
  readonly version: number;
}

/** All egresses at one time of the store's. */
export interface EgressView {
  readonly now: Date;
  /** The oldest first. The one that every service has is missing until something of it was written. */
  readonly egresses: readonly Egress[];
}

/**
 * The egresses, shared by all processes. What changes with their use is one value, {@link EgressCondition}, that is replaced by
 * whoever has read it if nobody has replaced it since: of any number of processes that would take the last use of a budget, or
 * the one trial, exactly one succeeds. The others read again.
 */
export interface StoredEgresses {
  read(): Promise<EgressView>;
  /** Throws `invalid_request` when the name is taken, `quota_exceeded` when there are {@link import("./egress.ts").mostEgresses}. */
  insert(egress: NewEgress): Promise<Egress>;
  /** Null when there is none. Cookies that are written are unchecked. Throws `invalid_request` when the name is taken. */
  update(id: EgressId, patch: EgressPatch): Promise<Egress | null>;
  /** False when there is none. */
  remove(id: EgressId): Promise<boolean>;
  /** Writes the condition over the one of that version. False: it was replaced since, or the egress is gone. */
  writeCondition(id: EgressId, version: number, condition: EgressCondition): Promise<boolean>;
  /** Null when there are none. */
  cookies(id: EgressId): Promise<KeptCookies | null>;
  /**
   * Writes cookies over those of that version, and returns the version they have now; null: they were replaced since, or
   * deleted. What was found out about their validity stays.
   */
  replaceCookies(id: EgressId, version: number, sealed: string): Promise<number | null>;
  /** Notes whether the cookies of that version are valid, as of now. False: there are others since. */
  markCookies(id: EgressId, version: number, valid: boolean): Promise<boolean>;
}
