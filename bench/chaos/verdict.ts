/** An invariant that is checked at the end, and the result. */
export interface Finding {
  readonly claim: string;
  readonly holds: boolean;
  readonly seen: string;
  /** The first few violations. */
  readonly evidence: readonly string[];
}

const shown = 8;

/** A finding that holds when there are no violations. */
export function finding(claim: string, breaches: readonly string[], seen: string): Finding {
  return { claim, holds: breaches.length === 0, seen, evidence: breaches.slice(0, shown) };
}

/** The finding as lines for a terminal. */
export function describeFinding({ claim, holds, seen, evidence }: Finding): string[] {
  return [`${holds ? "ok    " : "FAILED"}  ${claim}: ${seen}`, ...evidence.map((line) => `          ${line}`)];
}
