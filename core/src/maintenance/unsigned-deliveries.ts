import type { ServiceDeps } from "../dependencies.ts";
import type { HeldBack, MaintenanceTask } from "./task.ts";

/**
 * The task in place of sending where webhooks are off: deliveries of the time when they were on wait, and health and the log
 * say so.
 * @param reason why webhooks are off
 */
export function watchUnsigned(
  { database, logger }: Pick<ServiceDeps, "database" | "logger">,
  reason: string,
): Pick<MaintenanceTask, "run" | "heldBack"> {
  let held: HeldBack | null = null;
  return {
    run: async () => {
      const { due } = await database.deliveries.backlog();
      if (due > 0 && held === null) logger.warn("webhook deliveries wait", { due, reason });
      held =
        due === 0
          ? null
          : {
              detail: `${due} webhook deliveries wait: ${reason}`,
              fix: "Set SECRETS_KEY to the key that the secrets were encrypted with, the same for all processes.",
            };
    },
    heldBack: () => held,
  };
}
