import type { Actor } from "@vidferry/core";

/** Who runs a command, as the audit log names them. */
export const operator: Actor = { via: "cli", owner: null, keyId: null, requestId: null };
