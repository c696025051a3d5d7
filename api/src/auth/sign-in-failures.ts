import type { Actor, Audit, Logger, NewAuditEntry } from "@vidferry/core";

/** Tells the audit log how many wrong keys, tickets and signed links came, and from where. */
export interface SignInFailures {
  /** @param address where the request came from; null: not known */
  note(address: string | null): void;
  /** Writes what was not written yet. Never rejects. */
  flush(): Promise<void>;
}

/** Dependencies of {@link createSignInFailures}. */
export interface SignInFailureDeps {
  readonly audit: Pick<Audit, "add">;
  readonly logger: Pick<Logger, "warn">;
  readonly everyMs?: number;
}

const minuteMs = 60_000;
/** Addresses that are told apart in a minute; the others are counted together. */
const mostAddresses = 100;
const others = "others";

const service: Actor = { via: "service", owner: null, keyId: null, requestId: null };

/**
 * Counts by address, and writes an entry for each address a minute: whoever guesses keys can neither fill the log nor slow
 * the service down by it. What was sent is never kept. A process that is killed loses the count of its last minute.
 */
export function createSignInFailures({ audit, logger, everyMs = minuteMs }: SignInFailureDeps): SignInFailures {
  let counts = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const counted = counts;
    counts = new Map();
    const entries = [...counted].map(([subject, count]): NewAuditEntry => {
      return { action: "sign_in.failed", by: service, subject, owner: null, detail: { count } };
    });
    try {
      await audit.add(...entries);
    } catch (error) {
      logger.warn("failed sign-ins could not be told to the audit log; they are told later", { error });
      for (const [name, count] of counted) add(name, count);
    }
  }

  function add(name: string, count: number): void {
    const subject = counts.has(name) || counts.size < mostAddresses ? name : others;
    counts.set(subject, (counts.get(subject) ?? 0) + count);
    if (timer !== null) return;
    timer = setTimeout(() => void flush(), everyMs);
    timer.unref();
  }

  return { note: (address) => add(address ?? "unknown", 1), flush };
}
