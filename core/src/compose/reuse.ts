import type { Config } from "../config/config.ts";
import type { ReusePolicy } from "../library/kept-result.ts";

/** Which results jobs may have of each other, as the configuration says; null: each makes its own. */
export function reusePolicy({ REUSE, REUSE_SECONDS }: Pick<Config, "REUSE" | "REUSE_SECONDS">): ReusePolicy | null {
  return REUSE === "off" ? null : { scope: REUSE, maxAgeMs: REUSE_SECONDS * 1000 };
}

/** How long what was found at a link is taken again, as the configuration says, in milliseconds; 0: not at all. */
export function lookMs({ REUSE, LOOK_SECONDS }: Pick<Config, "REUSE" | "LOOK_SECONDS">): number {
  return REUSE === "off" ? 0 : LOOK_SECONDS * 1000;
}

/** How long results are kept, in milliseconds; null: until deleted. */
export function retentionMs({ RETENTION_SECONDS }: Pick<Config, "RETENTION_SECONDS">): number | null {
  return RETENTION_SECONDS === null ? null : RETENTION_SECONDS * 1000;
}
