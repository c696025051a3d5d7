import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@vidferry/testing";
import type { Budgets } from "./budgets.ts";
import type { Client } from "./client.ts";
import { type AcceptedBatch, checkCollections } from "./collection-checks.ts";
import { type CollectionSources, planBatches } from "./collections.ts";
import type { FinalJob } from "./history.ts";
import type { AcceptedJob } from "./job-checks.ts";
import type { Ledger } from "./ledger.ts";
import type { ListServer } from "./lists.ts";
import type { ManyHistory } from "./many-history.ts";
import type { Random } from "./random.ts";
import { checkSchedules } from "./schedule-checks.ts";
import { entryOf, type PlannedSchedule, planSchedules } from "./schedules.ts";
import type { Finding } from "./verdict.ts";

/**
 * How many batches and schedules a run has, and how often those run that run again and again; as often the lists grow that some of
 * these follow.
 */
export interface ManyShares {
  readonly batches: number;
  readonly schedules: number;
  readonly everySeconds: number;
}

export interface ManyParts {
  readonly client: Client;
  readonly lists: ListServer;
  readonly sources: CollectionSources;
  readonly history: ManyHistory;
  readonly ledger: Ledger;
  readonly budgets: Budgets;
  readonly random: Random;
  readonly report: (line: string) => void;
}

/** The batches and schedules of a run, and the egresses that some of their jobs share. */
export interface Many {
  /** Asks for all of them while the faults go on. */
  ask(): Promise<void>;
  /** After the faults: lets what is due run, pauses the schedules, checks the budgets, and lifts them so that all can end. */
  settle(): Promise<Finding[]>;
  check(jobs: readonly FinalJob[], told: readonly string[]): Promise<Finding[]>;
}

const lastEndMs = 600_000;
/** How far the share of what was asked for may be ahead of the share of the faults. */
const mostLead = 0.2;

interface OpenSchedule {
  readonly id: string;
  readonly index: number;
  readonly planned: PlannedSchedule;
  readonly entries: string[];
}

/** Plans them, from the seed. */
export function createMany(shares: ManyShares, parts: ManyParts): Many {
  const { client, lists, sources, history, ledger, budgets, random, report } = parts;
  const batches: AcceptedBatch[] = [];
  const schedules: OpenSchedule[] = [];
  const calm = new AbortController();

  const whenDue = async (index: number, count: number): Promise<boolean> => {
    while (index / count - ledger.faultShare() > mostLead && !ledger.isLate()) await sleep(100);
    return !ledger.isLate();
  };

  const askForBatches = async (): Promise<void> => {
    const cancels: Promise<void>[] = [];
    for (const [index, planned] of planBatches(random.fork("batches"), shares.batches, sources).entries()) {
      if (!(await whenDue(index, shares.batches))) break;
      if (planned.list !== null) lists.serve(planned.list);
      const { id } = await client.ask<{ id: string }>("POST", "/batches", planned.body, planned.key);
      batches.push({ id, planned });
      if (planned.cancelAfterMs !== null) cancels.push(cancelLater(client, id, planned.cancelAfterMs));
    }
    await Promise.all(cancels);
  };

  const askForSchedules = async (): Promise<void> => {
    const all = planSchedules(random.fork("schedules"), shares.schedules, shares.everySeconds, sources);
    for (const [index, planned] of all.entries()) {
      if (!(await whenDue(index, shares.schedules))) break;
      if (planned.list !== null) lists.serve(planned.list);
      const id = await addSchedule(client, planned);
      schedules.push({ id, index, planned, entries: planned.list?.entries.map(({ url }) => url) ?? [] });
    }
  };

  const grow = async (): Promise<void> => {
    while (!calm.signal.aborted) {
      await sleep(shares.everySeconds * 1000, undefined, { signal: calm.signal }).catch(() => undefined);
      for (const { index, planned, entries } of schedules) {
        if (planned.list === null || calm.signal.aborted) continue;
        const entry = entryOf(index, entries.length, sources);
        entries.push(entry.url);
        lists.grow(planned.key, [entry]);
      }
    }
  };
  let growing = Promise.resolve();

  const patiently = (condition: () => Promise<boolean>, message: string) =>
    eventually(condition, { timeoutMs: lastEndMs, intervalMs: 500, message }).catch((error: unknown) =>
      report(String(error)),
    );

  return {
    ask: async () => {
      growing = grow();
      await Promise.all([askForBatches(), askForSchedules()]);
    },
    settle: async () => {
      calm.abort();
      await growing;
      const stoppedAt = new Date();
      const again = schedules.filter(({ planned }) => "everySeconds" in planned.when);
      report(`${batches.length} batches and ${schedules.length} schedules accepted; waiting for what is due`);
      await patiently(async () => {
        const runs = await history.runs();
        const isLater = ({ id }: OpenSchedule) => runs.some((run) => run.schedule === id && run.due > stoppedAt);
        return again.every(isLater) && (await history.due()) === 0;
      }, "the last run of every schedule");
      for (const { id, planned } of again)
        await client.ask("POST", `/schedules/${id}/pause`, null, `pause-${planned.key}`);
      await patiently(async () => (await history.busy()) === 0, "an end or a wait for an egress of every job");
      const findings = await budgets.check(history);
      await budgets.lift();
      await patiently(
        async () => (await history.waiting()) === 0 && (await history.busy()) === 0,
        "the end of what waited for an egress",
      );
      await patiently(async () => (await history.openBatches()) === 0, "the end of every batch");
      return findings;
    },
    check: async (jobs, told) => {
      const [ended, runs, made] = [await history.batches(), await history.runs(), await history.schedules()];
      const times = new Map(made.map((one) => [one.id, one]));
      return [
        ...checkCollections({
          ...{ accepted: batches, batches: ended, jobs, told },
          ...{ pages: lists.pages, failedPages: lists.failed },
        }),
        ...checkSchedules({
          accepted: schedules.flatMap((schedule) => {
            const time = times.get(schedule.id);
            return time === undefined ? [] : [{ ...schedule, ...time }];
          }),
          ...{ asked: schedules.length, made: made.length, runs, batches: ended, jobs },
        }),
      ];
    },
  };
}

/** What batches and schedules have made, as jobs that were accepted. */
export function childrenOf(jobs: readonly FinalJob[]): AcceptedJob[] {
  return jobs
    .filter(({ key }) => key === null)
    .map(({ id, url, state }) => {
      const source = new URL(url);
      source.hostname = "127.0.0.1";
      source.search = "";
      return {
        ...{ id, canceled: state === "canceled" ? true : null },
        planned: {
          ...{ key: null, kind: "of a batch or a schedule", tenant: "collector", engine: "light", body: {} },
          ...{ cancelAfterMs: null, sameAs: source.href },
        },
      };
    });
}

async function cancelLater(client: Client, id: string, afterMs: number): Promise<void> {
  await sleep(afterMs);
  // It may be over already.
  await client.ask("POST", `/batches/${id}/cancel`, null).catch((error: unknown) => {
    if (!String(error).includes("refused: 409")) throw error;
  });
}

async function addSchedule(client: Client, { key, when, work }: PlannedSchedule): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const rule =
      "inMs" in when
        ? { runAt: new Date(Date.now() + when.inMs * tries).toISOString() }
        : { cron: `*/${when.everySeconds} * * * * *` };
    const body = { name: key, ...rule, ...work };
    try {
      return (await client.ask<{ id: string }>("POST", "/schedules", body, `${key}-${tries}`)).id;
    } catch (error) {
      // Its time had passed before an API took it.
      if (!String(error).includes("is in the past")) throw error;
    }
  }
}
