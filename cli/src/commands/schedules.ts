import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { DownloadTemplate, localOwner } from "@vidferry/core";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import type { Invocation } from "../command-line/invocation.ts";
import type { ImportFlags } from "../options/schedules.ts";
import { type ListedSchedule, type ScheduleBook, schedulesOfDatabase, schedulesOfServer } from "../schedule-book.ts";
import { readSubscriptions } from "../subscriptions/read-subscriptions.ts";
import {
  type ChannelTab,
  channelTabs,
  type Subscription,
  subscriptionOf,
  tabOf,
} from "../subscriptions/subscription.ts";

/** `vidferry schedules list`. */
export async function listSchedulesCommand(
  { owner, server }: { readonly owner?: string; readonly server?: string },
  invocation: Invocation,
): Promise<number> {
  refuseOwnerOfServer(owner, server);
  await using book = await bookOf(server, invocation);
  await list(book, owner ?? null, invocation.terminal, invocation.signals.stop);
  return exitCodes.done;
}

/** `vidferry schedules import`. */
export async function importSchedulesCommand(
  file: string,
  flags: ImportFlags,
  invocation: Invocation,
): Promise<number> {
  refuseOwnerOfServer(flags.owner, flags.server);
  const plan = planOf(flags);
  const wanted = await subscriptionsIn(file, plan);
  await using book = await bookOf(flags.server, invocation);
  await importAll(book, wanted, plan, invocation.terminal, invocation.signals.stop);
  return exitCodes.done;
}

function bookOf(server: string | undefined, { config, signals }: Invocation): Promise<ScheduleBook> {
  return server === undefined ? schedulesOfDatabase(config(), signals.stop) : schedulesOfServer(server);
}

function refuseOwnerOfServer(owner: string | undefined, server: string | undefined): void {
  if (owner !== undefined && server !== undefined) throw refused("--owner: a server knows the owner by the key");
}

const refused = (why: string): UsageError => new UsageError(`schedules: ${why}`);

/** What is made of each subscription. */
interface Plan {
  readonly owner: string;
  readonly tabs: readonly ChannelTab[];
  readonly limit: number;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly request: object;
  readonly isMeant: boolean;
}

function planOf(flags: ImportFlags): Plan {
  const tabs = (flags.tabs ?? "videos").split(",").map((word) => word.trim());
  const known = tabs.flatMap((tab) => channelTabs.filter((name) => name === tab));
  if (known.length < tabs.length) throw refused(`--tabs: one or several of ${channelTabs.join(", ")}`);
  const limit = Number(flags.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 5_000) throw refused("--limit: a number from 1 to 5000");
  if (flags.audio !== undefined && flags.quality !== undefined)
    throw refused("--audio and --quality exclude each other");
  const output =
    flags.audio !== undefined
      ? { type: "audio", format: flags.audio }
      : flags.quality !== undefined
        ? { type: "video", quality: flags.quality }
        : undefined;
  if (output !== undefined && !DownloadTemplate.safeParse({ output }).success)
    throw refused(
      `${flags.audio === undefined ? "--quality" : "--audio"}: there is no ${flags.audio ?? flags.quality}`,
    );
  return {
    owner: flags.owner ?? localOwner,
    ...{ tabs: known, limit, cron: flags.cron ?? null, timeZone: flags.timeZone ?? "UTC" },
    request: output === undefined ? {} : { output },
    isMeant: flags.yes ?? false,
  };
}

async function list(book: ScheduleBook, owner: string | null, terminal: Terminal, signal: AbortSignal): Promise<void> {
  let count = 0;
  for await (const schedule of book.list(owner)) {
    signal.throwIfAborted();
    terminal.out(lineOf(schedule));
    count += 1;
  }
  if (count === 0) terminal.note("there is no such schedule");
}

function lineOf({ id, state, owner, nextRunAt, name, links: [link = "", ...others] }: ListedSchedule): string {
  const next = nextRunAt?.slice(0, 16).replace("T", " ") ?? "-".padEnd(16);
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return [id, state.padEnd(8), next, ...(owner === null ? [] : [owner]), name, link + more].join("  ");
}

interface Wanted {
  readonly wanted: readonly Subscription[];
  /** Feeds of other sites. */
  readonly others: number;
}

async function importAll(
  book: ScheduleBook,
  { wanted, others }: Wanted,
  plan: Plan,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const followed = new Set<string>();
  for await (const { links } of book.list(plan.owner))
    for (const link of links) followed.add(subscriptionOf(link, "")?.url ?? link);
  const fresh = wanted.filter(({ url }) => !followed.has(url));
  let made = 0;
  for (const { url, title } of fresh) {
    signal.throwIfAborted();
    terminal.out(`${plan.isMeant ? "follows" : "would follow"}  ${title}  ${url}`);
    if (!plan.isMeant) continue;
    await book
      .add(plan.owner, {
        name: title.slice(0, longestName),
        ...{ cron: plan.cron ?? dailyAt(url), timeZone: plan.timeZone },
        batch: { source: { url, limit: plan.limit }, request: plan.request },
      })
      .catch((error: unknown) => {
        terminal.note(`${made} of ${fresh.length} schedules were made; the same command goes on with the others`);
        throw error;
      });
    made += 1;
  }
  const skipped = wanted.length - fresh.length;
  terminal.out(
    [
      plan.isMeant ? `${made} schedules were made` : `${fresh.length} schedules would be made; --yes makes them`,
      ...(skipped === 0 ? [] : [`${skipped} are there already`]),
      ...(others === 0 ? [] : [`${others} feeds are not of YouTube`]),
    ].join("; "),
  );
}

/** Characters of a name that a schedule may have. */
const longestName = 200;

async function subscriptionsIn(file: string, { tabs }: Plan): Promise<Wanted> {
  const content = file === "-" ? await text(process.stdin) : await readFile(file, "utf8").catch(unreadable(file));
  try {
    const { found, others } = readSubscriptions(content);
    return { wanted: found.flatMap((subscription) => tabs.flatMap((tab) => tabOf(subscription, tab) ?? [])), others };
  } catch (error) {
    throw refused(
      `${file} is neither OPML nor Takeout's subscriptions.csv: ${error instanceof Error ? error.message : "it cannot be read"}`,
    );
  }
}

const unreadable =
  (file: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw refused(`${file} cannot be read: ${error.code ?? error.message}`);
  };

/** Once a day, at a time that follows from the link: the same whenever it is imported, and others at other times. */
function dailyAt(link: string): string {
  let sum = 0;
  for (const character of link) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return `${sum % 60} ${Math.floor(sum / 60) % 24} * * *`;
}
