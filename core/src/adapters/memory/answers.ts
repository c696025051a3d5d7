import { type Answers, answerKeptMs, type RepeatKey } from "../../idempotency/answers.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { type AnswerRow, type Decide, later, type MemoryState } from "./state.ts";

/** The answers in memory. */
export function createMemoryAnswers({ answers }: MemoryState, decide: Decide): Answers {
  const isOld = ({ createdAt }: AnswerRow, now: Date): boolean => createdAt <= later(now, -answerKeptMs);
  const held = (key: RepeatKey, holder: string): AnswerRow | undefined => {
    const row = answers.get(nameOf(key));
    return row !== undefined && row.holder === holder && row.answer === null ? row : undefined;
  };

  return {
    begin: (key, holder, holdMs) =>
      decide((now) => {
        const row = answers.get(nameOf(key));
        if (row === undefined || isOld(row, now) || (row.answer === null && row.heldUntil <= now)) {
          const { fingerprint } = key;
          const heldUntil = later(now, holdMs);
          answers.set(nameOf(key), { fingerprint, answer: null, holder, heldUntil, createdAt: now });
          return { kind: "begun" };
        }
        if (row.fingerprint !== key.fingerprint) return { kind: "conflict" };
        return row.answer === null ? { kind: "running" } : { kind: "answered", answer: row.answer };
      }),
    complete: (key, holder, answer) =>
      decide(() => {
        const row = held(key, holder);
        if (row !== undefined) answers.set(nameOf(key), { ...row, answer });
        return row !== undefined;
      }),
    release: (key, holder) =>
      decide(() => {
        if (held(key, holder) !== undefined) answers.delete(nameOf(key));
      }),
    removeOld: (limit) =>
      decide((now) => {
        const old = answers
          .entries()
          .filter(([, row]) => isOld(row, now))
          .slice(0, limit);
        for (const [name] of old) answers.delete(name);
        return old.length;
      }),
  };
}

const nameOf = ({ owner, operation, keyHash }: RepeatKey): string =>
  JSON.stringify([storableText(owner), operation, keyHash]);
