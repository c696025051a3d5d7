import { randomUUID } from "node:crypto";
import type { ProbeLink } from "../../pipeline/downloader.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { QuestionBoard } from "./board.ts";
import { formatFailure, formatProbe, type ProbeQuestion, parseQuestion } from "./message.ts";

/** What {@link serveProbes} works with. */
export interface ProbeServerOptions {
  readonly board: QuestionBoard;
  readonly answer: ProbeLink;
  readonly atOnce: number;
  readonly atOnceEach: number;
  /** Without a heartbeat for this long, others take over. */
  readonly holdMs: number;
  readonly maxAnswerBytes: number;
  readonly logger?: Logger;
}

// In case a wake-up was lost; polling an empty list is cheap.
const lookMs = 2_000;

/** Takes questions and answers them; returns a function that stops and returns unfinished questions to the list. */
export function serveProbes(options: ProbeServerOptions): () => Promise<void> {
  const { board, atOnce, atOnceEach, holdMs, logger } = options;
  const server = randomUUID();
  const stopping = new AbortController();
  /** Running probes and their holders. */
  const running = new Map<Promise<void>, string>();
  let taking: Promise<void> | null = null;
  let again = false;

  const answerOf = async ({ url, ...page }: ProbeQuestion, signal: AbortSignal): Promise<string> => {
    try {
      const probe = await options.answer(url, { signal, ...page });
      return formatProbe(probe, options.maxAnswerBytes);
    } catch (error) {
      logger?.debug("a link could not be looked at", { error });
      return formatFailure(error);
    }
  };

  const work = async (id: string, question: ProbeQuestion): Promise<void> => {
    // Taken while this was told to stop. An answer whose signal is aborted before it begins may never end.
    if (stopping.signal.aborted) return await board.giveBack(id, server);
    const unwanted = new AbortController();
    const hold = async (): Promise<void> => {
      if (!(await board.hold(id, server, holdMs))) unwanted.abort();
    };
    const heart = setInterval(() => hold().catch(() => undefined), holdMs / 4);
    try {
      const answer = await answerOf(question, AbortSignal.any([stopping.signal, unwanted.signal]));
      if (unwanted.signal.aborted) return;
      if (stopping.signal.aborted) await board.giveBack(id, server);
      else await board.answer(id, answer);
    } finally {
      clearInterval(heart);
    }
  };

  /** The holders that use all slots that one holder may have here. */
  const atLimit = (): string[] => {
    const places = Map.groupBy(running.values(), (holder) => holder);
    return [...places].filter(([, taken]) => taken.length >= atOnceEach).map(([holder]) => holder);
  };

  const take = async (): Promise<void> => {
    while (!stopping.signal.aborted && running.size < atOnce) {
      // Not retried; a question whose reply was lost expires without heartbeats, and is asked again.
      const taken = await board.take(server, holdMs, atLimit());
      if (taken === null) return;
      const { id } = taken;
      const question = parseQuestion(taken.question);
      if (question === null) {
        logger?.warn("a question about a link that cannot be read was dropped");
        continue;
      }
      const done = work(id, question)
        // It is asked again, or its client gets the same error.
        .catch((error: unknown) => logger?.debug("an answer was not sent", { error }))
        .finally(() => {
          running.delete(done);
          look();
        });
      running.set(done, question.holder ?? "");
    }
  };

  const look = (): void => {
    again = true;
    taking ??= (async () => {
      while (again) {
        again = false;
        await take().catch((error: unknown) => logger?.debug("questions could not be taken", { error }));
      }
      taking = null;
    })();
  };

  const subscribed = board.onQuestion(look);
  const timer = setInterval(look, lookMs);
  look();

  return async () => {
    stopping.abort();
    clearInterval(timer);
    await taking;
    await Promise.all(running.keys());
    await subscribed.then(
      (unsubscribe) => unsubscribe(),
      () => undefined,
    );
  };
}
