import type { FinalJob, HistoryRow } from "./history.ts";
import type { AcceptedJob } from "./job-checks.ts";
import { limitsOfLimited } from "./tenants.ts";
import { type Finding, finding } from "./verdict.ts";
import type { WebhookReceiver } from "./webhook-receiver.ts";

/** A delivery as the database has it. */
export interface DeliveryRow {
  readonly id: string;
  readonly owner: string;
  readonly job: string;
  readonly type: string;
  readonly state: string;
}

const terminal = ["succeeded", "failed", "canceled"];

/** What the owners were promised, from the order of all writes and what their receiver was told. */
export function checkTenants(seen: {
  readonly accepted: readonly AcceptedJob[];
  readonly jobs: readonly FinalJob[];
  readonly rows: readonly HistoryRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly receiver: Pick<WebhookReceiver, "received" | "forged" | "refused" | "deaths">;
  /** Looks at jobs of others that were not answered 404. */
  readonly leaks: readonly string[];
  readonly looks: number;
  readonly refusals: number;
  /** Jobs that the whole fleet runs at once. */
  readonly slots: number;
}): Finding[] {
  const { jobs, rows, deliveries, receiver, slots } = seen;
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const tenants = new Map(seen.accepted.map(({ id, planned }) => [id, planned.tenant]));
  const ofJob = Map.groupBy(deliveries, ({ job }) => job);
  const ended = jobs.filter(({ state }) => terminal.includes(state));
  const undelivered = ended.flatMap(({ id, owner, state }) => {
    const own = ofJob.get(id) ?? [];
    const right = own.length === 1 && own[0]?.owner === owner && own[0].type === `job.${state}`;
    if (!right) return [`${id} (${state}): deliveries ${own.map(({ type }) => type).join(", ") || "none"}`];
    const came = receiver.received.some(({ id: delivery }) => delivery === own[0]?.id);
    return own[0]?.state === "delivered" && came ? [] : [`${id}: its delivery is ${own[0]?.state}, came: ${came}`];
  });
  const astray = receiver.received
    .filter(({ job, tenant, type }) => byId.get(job)?.owner !== tenant || type !== `job.${byId.get(job)?.state}`)
    .map(({ id, job, tenant }) => `${id} of ${job} came to ${tenant}`);
  const use = useOf(rows, tenants);
  const waits = passedBy(rows, tenants);
  const mostPassed = 3 * slots;
  return [
    finding(
      "every job that ended has its one delivery, and it came",
      undelivered,
      `${deliveries.length} deliveries; ${receiver.refused} refused once, the receiver was down ${receiver.deaths} times`,
    ),
    finding(
      "every message came to its owner, signed with its secret, and says how the job ended",
      [...receiver.forged, ...astray],
      `${receiver.received.length} messages`,
    ),
    finding(
      "no limit of an account was passed at any time",
      use.breaches,
      `at most ${use.running} ran of ${limitsOfLimited.runningJobs} and ${use.waiting} waited of ${limitsOfLimited.queuedJobs}; ${seen.refusals} requests refused`,
    ),
    finding(
      "every job belongs to who asked for it, and nobody reads or moves the jobs of another",
      [
        ...seen.leaks,
        ...jobs.filter(({ id, owner }) => tenants.get(id) !== owner).map(({ id, owner }) => `${id} is ${owner}'s`),
      ],
      `${seen.looks} looks at the jobs of others`,
    ),
    finding(
      "nobody is starved: while a job of another waits, the one that floods gets its turns and no more",
      waits.filter(({ passed }) => passed > mostPassed).map(({ job, passed }) => `${job}: ${passed} claims passed it`),
      `at most ${Math.max(0, ...waits.map(({ passed }) => passed))} claims of the flood passed a job; allowed ${mostPassed}`,
    ),
  ];
}

/** How much the owner with limits used at most. A job that lost its worker waits beyond the limit: it had been accepted. */
function useOf(rows: readonly HistoryRow[], tenants: ReadonlyMap<string, string>) {
  const now = new Map<string, HistoryRow>();
  const most = { running: 0, waiting: 0 };
  const breaches: string[] = [];
  for (const row of rows) {
    if (tenants.get(row.job) !== "limited") continue;
    const isNew = !now.has(row.job);
    now.set(row.job, row);
    const running = [...now.values()].filter(({ state }) => state === "running").length;
    const waiting = [...now.values()].filter(({ state, attempt }) => state === "queued" && attempt === 0).length;
    most.running = Math.max(most.running, running);
    most.waiting = Math.max(most.waiting, waiting);
    const at = row.at.toISOString();
    if (running > limitsOfLimited.runningJobs) breaches.push(`${running} run at ${at}, with ${row.job}`);
    if (isNew && waiting > limitsOfLimited.queuedJobs) breaches.push(`${waiting} wait at ${at}, with ${row.job}`);
  }
  return { ...most, breaches };
}

/** For each job of the owner without limits that does not flood: claims of the flood between its acceptance and its claim. */
function passedBy(rows: readonly HistoryRow[], tenants: ReadonlyMap<string, string>) {
  const states = new Map<string, string>();
  const waiting = new Map<string, number>();
  const found: { readonly job: string; readonly passed: number }[] = [];
  let claims = 0;
  for (const { job, state } of rows) {
    const isClaim = state === "running" && states.get(job) !== "running";
    if (isClaim && tenants.get(job) === "flooder") claims += 1;
    if (tenants.get(job) === "steady") {
      const since = waiting.get(job);
      if (!states.has(job)) waiting.set(job, claims);
      else if (isClaim && since !== undefined) {
        found.push({ job, passed: claims - since });
        waiting.delete(job);
      }
    }
    states.set(job, state);
  }
  return found;
}
