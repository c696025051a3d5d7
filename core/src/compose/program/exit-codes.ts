/** How the command ended, as scripts see it. */
export const exitCodes = { done: 0, failed: 1, usage: 2, configuration: 78, interrupted: 130 } as const;

/** Wrong usage: the message says what was expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
