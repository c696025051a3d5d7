import type { ServiceDeps } from "../../dependencies.ts";
import type { HeldBack } from "../task.ts";
import { claimLocation, type FileLocation, type Ownership, ownerOf } from "./ownership.ts";

/** Monitors the owner of a location. */
export interface OwnershipMonitor {
  /** Reads the mark, and claims a location without one when that is safe. Rejects when the mark cannot be read. */
  check(): Promise<Ownership>;
  /** Why nothing is deleted there; null while it is ours, and before the first check. */
  heldBack(): HeldBack | null;
}

const remindEveryMs = 3_600_000;

/**
 * Monitors a location. A reason that blocks the clean-up is logged when it begins, and once an hour while it lasts.
 * @param claimEveryMs between two tries to claim it, in milliseconds: each lists everything that lies there.
 */
export function monitorOwnership(
  deps: Pick<ServiceDeps, "database" | "clock" | "logger">,
  location: FileLocation,
  claimEveryMs: number,
): OwnershipMonitor {
  let latest: HeldBack | null = null;
  let remindedAt = 0;
  let claimAt = 0;
  return {
    check: async () => {
      const now = deps.clock.now().getTime();
      // What was noted by a clock that was set back since must not count for as long as that was ahead.
      remindedAt = Math.min(remindedAt, now);
      claimAt = Math.min(claimAt, now + claimEveryMs);
      const ownership = await (now < claimAt ? ownerOf : claimLocation)(deps.database, location);
      if (ownership.kind === "unmarked" && now >= claimAt) claimAt = now + claimEveryMs;
      const held = whyHeldBack(location, ownership);
      if (held !== null && (held.detail !== latest?.detail || now >= remindedAt + remindEveryMs)) {
        deps.logger.warn("a place is not cleaned up", { variable: location.variable, ...held });
        remindedAt = now;
      }
      latest = held;
      return ownership;
    },
    heldBack: () => latest,
  };
}

/** Why nothing is deleted in a location; null when it is ours. */
export function whyHeldBack({ name, variable }: FileLocation, ownership: Ownership): HeldBack | null {
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
