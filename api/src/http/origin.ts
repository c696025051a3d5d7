import type { ApiConfig } from "../config.ts";

/**
 * Whether a page of this origin may act here: the service's own pages, and those the operator named. Requests that name no
 * origin do not come from pages of others.
 */
export function isKnownOrigin(
  config: Pick<ApiConfig, "publicUrl" | "corsOrigins">,
  origin: string | undefined,
  own: string,
): boolean {
  if (origin === undefined || origin === own) return true;
  if (config.publicUrl !== null && origin === new URL(config.publicUrl).origin) return true;
  return config.corsOrigins.some((allowed) => allowed === "*" || allowed === origin);
}
