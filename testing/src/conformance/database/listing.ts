import type { Database, Job, JobQuery } from "@vidferry/core";
import { JobState } from "@vidferry/core";
import { aMedia, attemptOf, created, type DatabaseSuite, jobIn, newId, newJob, started } from "./fixture.ts";

async function pages(store: Database, query: Omit<JobQuery, "after">): Promise<Job[]> {
  const all: Job[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await store.jobs.list(last ? { ...query, after: last } : query);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

const ids = (jobs: readonly Job[]): string[] => jobs.map((job) => job.id);

/** Lists: pages and filters. */
export function listingConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("listing", () => {
    test("gives every job once over pages, newest first, also those with the same timestamp", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      for (let burst = 0; burst < 3; burst += 1) {
        // Created together, so that many have the same time.
        await Promise.all(Array.from({ length: 20 }, () => store.jobs.create(newJob())));
        await advance(1000);
      }
      await created(store, { owner: "bob" });
      const all = await pages(store, { owner: "ada", limit: 7 });
      expect(all).toHaveLength(60);
      expect(new Set(ids(all)).size).toBe(60);
      const sorted = [...all].sort((a, b) => Number(b.createdAt) - Number(a.createdAt) || (b.id < a.id ? -1 : 1));
      expect(ids(all)).toEqual(ids(sorted));
      expect(await pages(store, { owner: null, limit: 10 })).toHaveLength(61);
    });

    test("tells the states of many jobs, and of none that does not exist", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(JobState.options.map((state) => jobIn(state, store)));
      const states = await store.jobs.states([...ids(jobs), newId()] as Job["id"][]);
      expect([...states].sort()).toEqual(jobs.map(({ id, state }): [string, string] => [id, state]).sort() as never);
      expect((await store.jobs.states([])).size).toBe(0);
      const [first] = jobs;
      expect((await store.jobs.states(first === undefined ? [] : [first.id], "somebody else")).size).toBe(0);
    });

    test("filters by states", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(JobState.options.map((state) => jobIn(state, store)));
      for (const job of jobs) {
        expect(ids(await store.jobs.list({ owner: "ada", states: [job.state], limit: 10 }))).toEqual([job.id]);
      }
      expect(await store.jobs.list({ owner: "ada", states: ["queued", "failed"], limit: 10 })).toHaveLength(2);
      expect(await store.jobs.list({ owner: "ada", states: [], limit: 10 })).toEqual([]);
      const counts = Object.fromEntries(JobState.options.map((state) => [state, 1]));
      expect(await store.jobs.countByState()).toEqual(counts as Record<JobState, number>);
    });

    test("filters by twenty labels as by one", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const labels = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`name${index}`, `value${index}`]));
      const { id } = await created(store, { labels });
      await created(store, { labels: { ...labels, name19: "another" } });
      await created(store, { labels: { name0: "value0" } });
      expect(ids(await store.jobs.list({ owner: "ada", labels, limit: 10 }))).toEqual([id]);
      expect(await store.jobs.list({ owner: "ada", labels: { ...labels, name7: "value8" }, limit: 10 })).toEqual([]);
    });

    test("takes a place at any date, also where no job can be", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await created(store);
      const from = (ms: number) => store.jobs.list({ owner: "ada", after: { createdAt: new Date(ms), id }, limit: 10 });
      for (const ms of [8.64e15, 253_402_300_800_000]) expect(ids(await from(ms))).toEqual([id]);
      for (const ms of [-8.64e15, -62_198_755_200_000, -1, 0]) expect(await from(ms)).toEqual([]);
    });

    test("filters by all of the labels, exactly", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const both = await created(store, { labels: { a: "1", b: "it's 100%_" } });
      const one = await created(store, { labels: { a: "1" } });
      await created(store, { labels: { a: "2", b: "1" } });
      await created(store, { owner: "bob", labels: { a: "1" } });
      const find = async (labels: Record<string, string>) =>
        ids(await store.jobs.list({ owner: "ada", labels, limit: 10 }));
      expect(await find({ a: "1" })).toEqual([one.id, both.id]);
      expect(await find({ a: "1", b: "it's 100%_" })).toEqual([both.id]);
      expect(await find({ b: "it's 100__" })).toEqual([]);
      expect(await find({ missing: "1" })).toEqual([]);
      expect(await find({})).toHaveLength(3);
    });

    test("finds a part of the URL or the title, in any case, and takes wildcards for what they are", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const titled = await started(store);
      await store.attempts.heartbeat(attemptOf(titled), 1000, { media: aMedia });
      const outcome = await store.jobs.create(newJob({}, { url: "https://www.youtube.com/watch?v=BBBBBBBBBBB" }));
      const other = outcome.kind === "created" ? outcome.job : titled;
      const find = async (text: string) => ids(await store.jobs.list({ owner: "ada", text, limit: 10 }));
      expect(await find("NAÏVE CAFÉ")).toEqual([titled.id]);
      expect(await find("\u{1F3AC} 100% «")).toEqual([titled.id]);
      expect(await find("it's_fine\\")).toEqual([titled.id]);
      expect(await find("bbbbbbbbbbb")).toEqual([other.id]);
      expect(await find("it's%fine")).toEqual([]);
      expect(await find("100_ «")).toEqual([]);
      expect(await find("'; drop table jobs; --")).toEqual([]);
      expect(await find("YouTube.com")).toHaveLength(2);
    });

    test("finds what is older than hundreds of other jobs, by any part and by labels", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const titled = await started(store, { labels: { project: "old", all: "yes" } });
      await store.attempts.heartbeat(attemptOf(titled), 1000, { media: { ...aMedia, title: "First" } });
      await store.attempts.heartbeat(attemptOf(titled), 1000, { media: { ...aMedia, title: `日本の猫 "it's" \\ZQ` } });
      const gone = await created(store, { owner: "ada", labels: { project: "gone" } });
      await store.jobs.remove(gone.id, null);
      const foreign = await created(store, { owner: "bob", labels: { project: "old" } });
      const fillers = Array.from({ length: 550 }, () => newJob({ labels: { all: "yes" } }));
      await Promise.all(fillers.map((job) => store.jobs.create(job)));
      const search = async (query: Partial<JobQuery>) =>
        ids(await store.jobs.list({ owner: "ada", limit: 10, ...query }));
      for (const text of ["日本の", "日本", "猫", `"it's"`, "\\z", "\\zq", "zq", "の猫 ", `猫 "it's" \\ZQ`, "猫"]) {
        expect([text, await search({ text })]).toEqual([text, [titled.id]]);
        expect([text, await search({ text, labels: { project: "old", all: "yes" } })]).toEqual([text, [titled.id]]);
      }
      for (const text of ["first", "ＺＱ", "猫日", "q\\", "%", "___", "zqz", "&", "'", "!x & y"]) {
        const wanted = text === "'" ? [titled.id] : [];
        expect([text, await search({ text })]).toEqual([text, wanted]);
      }
      expect(await search({ labels: { project: "old" } })).toEqual([titled.id]);
      expect(await search({ labels: { project: "gone" } })).toEqual([]);
      expect(await search({ labels: { project: "old" }, states: ["succeeded"] })).toEqual([]);
      expect(await search({ text: "猫", states: ["running"] })).toEqual([titled.id]);
      expect(ids(await store.jobs.list({ owner: null, labels: { project: "old" }, limit: 10 }))).toEqual([
        foreign.id,
        titled.id,
      ]);
      expect(ids(await store.jobs.list({ owner: null, text: "猫", limit: 10 }))).toEqual([titled.id]);
    });

    test("goes through all pages of a search, each job once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const made = Array.from({ length: 620 }, newId);
      await Promise.all(
        made.map((id, index) => {
          const kind = index % 10 === 0 ? "tenth" : "other";
          const url = `https://www.youtube.com/watch?v=${kind}000000`;
          return store.jobs.create(newJob({ id, labels: { kind } }, { url }));
        }),
      );
      for (const query of [{ labels: { kind: "tenth" } }, { text: "tenth" }]) {
        const seen = ids(await pages(store, { owner: "ada", limit: 7, ...query }));
        expect(seen.toSorted()).toEqual(made.filter((_, index) => index % 10 === 0));
      }
    });
  });
}
