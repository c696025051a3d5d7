import type { MediaOrigin } from "@vidferry/testing";
import type { Crew } from "./crew.ts";
import type { Door } from "./door.ts";
import type { Random } from "./random.ts";
import type { ChaosServers } from "./servers.ts";

/** Targets of faults. */
export interface Stage {
  readonly crew: Crew;
  readonly servers: ChaosServers;
  readonly origin: MediaOrigin;
  /** The proxies of the egresses. */
  readonly doors: readonly Door[];
  readonly random: Random;
  readonly leaseMs: number;
}

/** An active fault. */
export interface Strike {
  readonly kind: string;
  /** Its target; two faults never have the same target at once. */
  readonly target: string;
  readonly describe: string;
  /** The database is unreachable for all processes while it lasts. */
  readonly stopsDatabase: boolean;
  /** Applies the fault and reverts it. */
  run(): Promise<void>;
}

export type Prepare = (stage: Stage) => Omit<Strike, "kind" | "stopsDatabase"> & { readonly stopsDatabase?: boolean };

/** A fault that may be drawn. */
export interface FaultKind {
  readonly kind: string;
  readonly weight: number;
  readonly prepare: Prepare;
}
