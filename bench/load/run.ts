import { seeded } from "../chaos/random.ts";
import { quantile } from "../figures.ts";
import { createProfile, type LoadTarget } from "./profile.ts";

/** How much load. */
export interface LoadOptions {
  /** Requests a second, sent at their time however long the earlier ones take. */
  readonly rate: number;
  readonly requests: number;
  readonly seed: number;
  readonly onProgress?: (sent: number) => void;
}

/** Figures of one kind of request. */
export interface KindFigures {
  readonly kind: string;
  readonly requests: number;
  /** From the time a request was due to the end of its answer, in milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Answers by their status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** What a run under load saw. */
export interface LoadReport {
  readonly perSecond: number;
  readonly kinds: readonly KindFigures[];
  /** Answers that are not as the profile says. */
  readonly faults: readonly string[];
}

interface Seen {
  readonly kind: string;
  readonly status: string;
  readonly ms: number;
}

/** More requests than these at once wait; their time counts all the same. */
const atOnce = 400;

/** Sends a fixed number of requests at a fixed rate. */
export async function runLoad(target: LoadTarget, options: LoadOptions): Promise<LoadReport> {
  const profile = createProfile(target, seeded(options.seed));
  const seen: Seen[] = [];
  const faults: string[] = [];
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let sent = 0; sent < options.requests; sent += 1) {
    const dueAt = startedAt + (sent * 1_000) / options.rate;
    await Bun.sleep(Math.max(0, dueAt - performance.now()));
    while (open.size >= atOnce) await Promise.race(open);
    const one = send(dueAt);
    open.add(one);
    void one.then(() => open.delete(one));
    options.onProgress?.(sent + 1);
    // The first job has to exist before others are asked for.
    if (sent === 0) await one;
  }
  await Promise.all(open);
  const perSecond = (seen.length * 1_000) / (performance.now() - startedAt);
  return { perSecond, kinds: figuresOf(seen), faults };

  async function send(dueAt: number): Promise<void> {
    const kind = profile.draw();
    const { status, fault } = await kind.send().catch((error: unknown) => ({ status: -1, fault: String(error) }));
    seen.push({ kind: kind.name, status: status < 0 ? "none" : String(status), ms: performance.now() - dueAt });
    if (fault !== null) faults.push(`${kind.name}: ${fault}`);
  }
}

function figuresOf(seen: readonly Seen[]): KindFigures[] {
  return [...Map.groupBy(seen, ({ kind }) => kind)].map(([kind, answers]) => {
    const times = answers.map(({ ms }) => ms);
    const statuses = [...Map.groupBy(answers, ({ status }) => status)].map(([status, { length }]) => [status, length]);
    return {
      kind,
      requests: answers.length,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      p99: quantile(times, 0.99),
      statuses: Object.fromEntries(statuses),
    };
  });
}
