import type { DisabledReason } from "./webhook.ts";

const details: Readonly<Record<DisabledReason, string>> = {
  gone: "The webhook is disabled: its address answered 410.",
  failing: "The webhook is disabled: its deliveries failed for days.",
  by_owner: "The webhook is disabled.",
};

/** Why deliveries of a disabled webhook are not tried again. */
export const disabledDetail = (reason: DisabledReason): string => details[reason];
