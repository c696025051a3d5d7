import type { ServiceDeps } from "../../dependencies.ts";
import type { HeldBack } from "../task.ts";
import { claimPlace, type Ownership, ownerOf, type Place } from "./ownership.ts";

/** Monitors the owner of a location. */
export interface PlaceWatch {
  /** Reads the mark, and claims a location without one when that is safe. Rejects when the mark cannot be read. */
  look(): Promise<Ownership>;
  /** Why nothing is deleted there; null while it is ours, and before the first check. */
  heldBack(): HeldBack | null;
}

const remindEveryMs = 3_600_000;

/**
 * Monitors a location. A reason that blocks the clean-up is logged when it begins, and once an hour while it lasts.
 * @param claimEveryMs between two tries to claim the place, in milliseconds: each lists everything that lies there.
 */
export function watchPlace(
  deps: Pick<ServiceDeps, "store" | "clock" | "logger">,
  place: Place,
  claimEveryMs: number,
): PlaceWatch {
  let latest: HeldBack | null = null;
  let remindedAt = 0;
  let claimAt = 0;
  return {
    look: async () => {
      const now = deps.clock.now().getTime();
      const ownership = await (now < claimAt ? ownerOf : claimPlace)(deps.store, place);
      if (ownership.kind === "unmarked" && now >= claimAt) claimAt = now + claimEveryMs;
      const held = whyHeldBack(place, ownership);
      if (held !== null && (held.detail !== latest?.detail || now >= remindedAt + remindEveryMs)) {
        deps.logger.warn("a place is not cleaned up", { variable: place.variable, ...held });
        remindedAt = now;
      }
      latest = held;
      return ownership;
    },
    heldBack: () => latest,
  };
}

/** Why nothing is deleted in a place; null when it is ours. */
export function whyHeldBack({ name, variable }: Place, ownership: Ownership): HeldBack | null {
  const fix =
    `Give each deployment a ${variable} of its own. After a deliberate move to another database, ` +
    "`vidferry doctor --orphans` shows what lies there, and with --adopt makes it this deployment's.";
  switch (ownership.kind) {
    case "ours":
      return null;
    case "foreign":
      return {
        detail: `${name} belongs to another deployment (its mark is ${shown(ownership.mark)}), so nothing there is cleaned up.`,
        fix,
      };
    case "unmarked":
      return {
        detail: `${name} has no mark and holds things of jobs that this database does not know, so nothing there is cleaned up.`,
        fix,
      };
  }
}

/** A mark in a form that is safe to display, whatever its content. */
const shown = (mark: string): string => JSON.stringify(mark.slice(0, 60));
