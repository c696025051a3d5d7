import type { Database, HintQueue, Job, NewJob, Priority } from "@vidferry/core";
import { createIdGenerator } from "@vidferry/core/system";
import { createFakeYtDlp, eventually, type TempDir } from "@vidferry/testing";
import { newJob } from "@vidferry/testing/conformance";

const ids = createIdGenerator();

/** A yt-dlp whose every job takes a while and ends with the same answer, so that many of them need no media. */
export const slowAnswer = (dir: TempDir) =>
  createFakeYtDlp(dir.path, {
    steps: [
      { sleepSeconds: 0.3 },
      { stderr: "ERROR: [youtube] aaaaaaaaaaa: Private video. Sign in if you've been granted access" },
    ],
    exitCode: 1,
  });

/** The service as an embedder sees it: jobs of any owner, without keys. */
export interface Place {
  readonly store: Database;
  /** Where hints go; null: the service finds jobs by itself. */
  readonly queue: HintQueue | null;
}

/** Jobs of an owner, as the API makes them and tells the workers. */
export async function submit(
  { store, queue }: Place,
  owner: string,
  count: number,
  priority: Priority,
): Promise<Job[]> {
  const jobs: NewJob[] = Array.from({ length: count }, () => newJob({ id: ids.next("job"), owner, priority }));
  const outcomes = await Promise.all(jobs.map((job) => store.jobs.create(job)));
  await queue?.offer(jobs.map(({ id }) => ({ jobId: id, lane: priority })));
  return outcomes.flatMap((outcome) => (outcome.kind === "created" ? [outcome.job] : []));
}

/** All jobs of an owner. */
export const jobsOf = (store: Database, owner: string) => store.jobs.list({ owner, limit: 100_000 });

const startedAt = (job: Job | undefined | null) => job?.startedAt?.getTime() ?? Number.POSITIVE_INFINITY;

/** How many jobs of others were started between the creation and the start of this one. */
export async function overtakenBy({ store }: Place, { id, createdAt }: Job, other: string): Promise<number> {
  const job = await eventually(
    async () => ((await store.jobs.get(id, null))?.startedAt ? store.jobs.get(id, null) : null),
    {
      timeoutMs: 60_000,
      message: "the start of the other owner's job",
    },
  );
  const jobs = await jobsOf(store, other);
  return jobs.filter((one) => startedAt(one) > createdAt.getTime() && startedAt(one) < startedAt(job)).length;
}

/** Until so many jobs have ended. */
export const someEnded = (place: Place, count: number) =>
  eventually(async () => (await place.store.jobs.countByState()).failed >= count, {
    timeoutMs: 90_000,
    message: `the end of ${count} jobs`,
  });
