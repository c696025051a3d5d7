import { AppError, answerKeptMs, type RepeatKey } from "@vidferry/core";
import { created, type DatabaseSuite, must, newJob } from "./database/fixture.ts";

const key: RepeatKey = { owner: "ada", operation: "POST /things", keyHash: "a-hash", fingerprint: "f" };
const minute = 60_000;

/** What every {@link Answers} must do, and the idempotency keys of jobs with them. */
export function answersConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("answers of repeated requests", () => {
    test("one of many callers begins, and the others are told that it runs, then what it answered", async () => {
      await using fixture = await create();
      const { answers } = fixture.store;
      const begun = await Promise.all(
        Array.from({ length: 10 }, (_, index) => answers.begin(key, `holder-${index}`, minute)),
      );
      expect(begun.map(({ kind }) => kind).toSorted()).toEqual(["begun", ...Array(9).fill("running")]);
      const holder = `holder-${begun.findIndex(({ kind }) => kind === "begun")}`;
      expect(await answers.complete(key, holder, "an answer")).toBe(true);
      expect(await answers.begin(key, "another", minute)).toEqual({ kind: "answered", answer: "an answer" });
      expect(await answers.begin({ ...key, fingerprint: "g" }, "another", minute)).toEqual({ kind: "conflict" });
    });

    test("keys of other owners and other operations are others", async () => {
      await using fixture = await create();
      const { answers } = fixture.store;
      for (const other of [key, { ...key, owner: "bob" }, { ...key, operation: "POST /other" }]) {
        expect(await answers.begin(other, "holder", minute)).toEqual({ kind: "begun" });
      }
    });

    test("a key that was given back can be taken at once, one whose holder died when its time is over", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.answers.begin(key, "one", minute);
      await store.answers.release(key, "another");
      expect(await store.answers.begin(key, "two", minute)).toEqual({ kind: "running" });
      await store.answers.release(key, "one");
      expect(await store.answers.begin(key, "two", minute)).toEqual({ kind: "begun" });
      await advance(2 * minute);
      expect(await store.answers.begin(key, "three", minute)).toEqual({ kind: "begun" });
      expect(await store.answers.complete(key, "two", "too late")).toBe(false);
      expect(await store.answers.complete(key, "three", "in time")).toBe(true);
      await store.answers.release(key, "three");
      expect(await store.answers.begin(key, "four", minute)).toEqual({ kind: "answered", answer: "in time" });
    });

    test("an answer is kept for a day", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.answers.begin(key, "one", minute);
      await store.answers.complete(key, "one", "an answer");
      await advance(answerKeptMs - minute);
      expect(await store.answers.removeOld(10)).toBe(0);
      expect((await store.answers.begin(key, "two", minute)).kind).toBe("answered");
      await store.answers.begin({ ...key, owner: "bob" }, "two", minute);
      await advance(2 * minute);
      expect(await store.answers.removeOld(10)).toBe(1);
      expect(await store.answers.begin(key, "two", minute)).toEqual({ kind: "begun" });
    });

    test("an answer that is old counts no more, also where nobody has removed it", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.answers.begin(key, "one", minute);
      await store.answers.complete(key, "one", "an answer");
      await advance(answerKeptMs + minute);
      expect(await store.answers.begin({ ...key, fingerprint: "g" }, "two", minute)).toEqual({ kind: "begun" });
    });

    test("in a transaction, an answer becomes true with the change it tells of, or not at all", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await created(store);
      const attempt = (fails: boolean) =>
        store.transaction(async (tx) => {
          const { kind } = await tx.answers.begin(key, "holder", 0);
          await tx.jobs.move(id, "ada", "pause");
          await tx.answers.complete(key, "holder", "paused");
          if (fails) throw new AppError("unavailable", "the process dies here");
          return kind;
        });
      await expect(attempt(true)).rejects.toThrow("dies here");
      expect((await store.jobs.get(id, "ada"))?.state).toBe("queued");
      expect(await attempt(false)).toBe("begun");
      expect(await store.answers.begin(key, "another", 0)).toEqual({ kind: "answered", answer: "paused" });
    });

    test("of transactions with one key at the same time one begins, and the others find its answer", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          store.transaction(async (tx) => {
            const beginning = await tx.answers.begin(key, `holder-${index}`, 0);
            if (beginning.kind === "begun") await tx.answers.complete(key, `holder-${index}`, `by ${index}`);
            return beginning;
          }),
        ),
      );
      const winner = outcomes.findIndex(({ kind }) => kind === "begun");
      const others = outcomes.filter((_, index) => index !== winner);
      expect(others).toEqual(Array(7).fill({ kind: "answered", answer: `by ${winner}` }));
    });

    test("the key of a job is forgotten after a day, and the job stays as it is", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const idempotency = { key: "k", fingerprint: "f" };
      const job = await created(store, { idempotency });
      await created(store);
      await advance(answerKeptMs - minute);
      expect(await store.jobs.forgetKeys(10)).toBe(0);
      await advance(2 * minute);
      await created(store, { idempotency: { key: "new", fingerprint: "f" } });
      expect(await store.jobs.forgetKeys(10)).toBe(1);
      // Its times have moved with the test's.
      const { createdAt, updatedAt, ...rest } = must(await store.jobs.get(job.id, "ada"));
      expect(rest).toMatchObject({ id: job.id, state: job.state, request: job.request });
      expect(updatedAt).toEqual(createdAt);
      expect((await store.jobs.create(newJob({ idempotency: { key: "k", fingerprint: "g" } }))).kind).toBe("created");
    });
  });
}
