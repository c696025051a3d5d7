import { expect, test } from "bun:test";
import type { QuestionBoard } from "./board.ts";
import { serveProbes } from "./server.ts";

type Taken = Awaited<ReturnType<QuestionBoard["take"]>>;

test("a question that is taken while the relay stops is given back, and nobody begins to answer it", async () => {
  const taken = Promise.withResolvers<Taken>();
  const givenBack: string[] = [];
  let answers = 0;
  const board: QuestionBoard = {
    put: async () => true,
    look: async () => ({ state: "waiting" }),
    take: () => taken.promise,
    hold: async () => true,
    answer: async () => undefined,
    giveBack: async (id) => void givenBack.push(id),
    remove: async () => undefined,
    onQuestion: async () => () => undefined,
    onAnswer: async () => () => undefined,
    close: async () => undefined,
  };
  const answer = (): Promise<never> => {
    answers += 1;
    return new Promise(() => undefined);
  };
  const stop = serveProbes({ board, answer, atOnce: 1, atOnceEach: 1, holdMs: 60_000, maxAnswerBytes: 1_000 });
  const stopped = stop();
  taken.resolve({ id: "one", question: '{"url":"https://www.youtube.com/watch?v=abcdefghijk"}' });
  await stopped;
  expect({ givenBack, answers }).toEqual({ givenBack: ["one"], answers: 0 });
});
