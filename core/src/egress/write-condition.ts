import type { Repositories } from "../database/database.ts";
import { toAppError } from "../errors/app-error.ts";
import { directEgressId, type Egress } from "./egress.ts";

/** Writes the egress that every service has, unless it is written; the others are there. */
export async function ensureWritten({ egresses }: Pick<Repositories, "egresses">, egress: Egress): Promise<void> {
  if (egress.id !== directEgressId || egress.version > 0) return;
  const { name, pool, enabled, cookiesUse, resolvesPerHour, spacingSeconds, hosts } = egress;
  const settings = { name, pool, enabled, cookiesUse, resolvesPerHour, spacingSeconds, hosts };
  await egresses.insert({ id: egress.id, ...settings, proxy: null, cookies: null }).catch((error: unknown) => {
    // Somebody else has written it.
    if (toAppError(error).code !== "invalid_request") throw error;
  });
}
