import { randomUUID } from "node:crypto";
import { AppError } from "../../errors/app-error.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { ProbeRelay } from "../../sources/probe-relay.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { QuestionBoard } from "./board.ts";
import { readAnswer } from "./message.ts";
import { serveProbes } from "./server.ts";

/** How a relay of probes works, on whichever board. */
export interface ProbeRelayOptions {
  readonly clock: Clock;
  /** A question that no worker takes within this time fails with `unavailable`. Default: 5,000 ms. */
  readonly takeWithinMs?: number;
  /** A worker that took a question and sends no heartbeat for this long counts as dead. Default: 5,000 ms. */
  readonly holdMs?: number;
  /** Longest answer. Default: 8 MiB: some 30,000 entries of a playlist. */
  readonly maxAnswerBytes?: number;
  readonly logger?: Logger;
}

// How often a client polls, and sends its own heartbeat; answers are called, at once.
const lookMs = 1_000;
// Two workers that die while probing one link may be a coincidence; after three the link is taken for the cause.
const mostTries = 3;

/** A relay of probes on a board, which is closed with it. */
export function createProbeRelay(board: QuestionBoard, options: ProbeRelayOptions): ProbeRelay {
  const { clock, logger, takeWithinMs = 5_000, holdMs = 5_000, maxAnswerBytes = 8 * 1024 ** 2 } = options;
  const closing = new AbortController();
  const stops = new Set<() => Promise<void>>();
  const asks = new Set<Promise<void>>();

  const ask: ProbeRelay["ask"] = async (url, { signal, limit, cursor, holder, owner, through, reuse }) => {
    signal.throwIfAborted();
    if (closing.signal.aborted) throw new AppError("unavailable");
    const stop = AbortSignal.any([signal, closing.signal]);
    const id = randomUUID();
    const question = JSON.stringify({ url, limit, cursor, holder, owner, through, reuse });
    const put = async (): Promise<void> => {
      if (!(await board.put(id, question, holder ?? ""))) {
        throw new AppError("unavailable", "Too many links wait to be looked at.");
      }
    };

    const bell = createWakeEvent();
    const unsubscribe = await board.onAnswer(id, bell.ring);
    try {
      await put();
      let tries = 1;
      let waitsSince = performance.now();
      for (;;) {
        await bell.wait(clock, lookMs, stop);
        signal.throwIfAborted();
        if (closing.signal.aborted) throw new AppError("unavailable");
        const look = await board.look(id);
        if (look.state === "answered") return readAnswer(look.answer);
        if (look.state === "lost") {
          if (tries >= mostTries) throw new AppError("unavailable", "The workers that looked at the link were lost.");
          await put();
          tries += 1;
          waitsSince = performance.now();
        } else if (look.state === "waiting" && performance.now() - waitsSince >= takeWithinMs) {
          throw new AppError("unavailable", "No worker answers.");
        }
      }
    } finally {
      unsubscribe();
      // This tells the worker that probes the link that nobody waits any more.
      await board.remove(id).catch(() => undefined);
    }
  };

  return {
    async ask(url, settings) {
      const asking = ask(url, settings);
      const settled = asking
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => asks.delete(settled));
      asks.add(settled);
      return asking;
    },

    serve(answer, { atOnce = 3, atOnceEach = Math.max(1, atOnce - 1) } = {}) {
      const stop = serveProbes({
        board,
        answer,
        atOnce,
        atOnceEach,
        holdMs,
        maxAnswerBytes,
        ...(logger && { logger }),
      });
      stops.add(stop);
      return async () => {
        stops.delete(stop);
        await stop();
      };
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      await Promise.all([...asks, ...[...stops].map((stop) => stop())]);
      await board.close();
    },
  };
}

/** An auto-reset event: a signal before the wait is not lost. */
function createWakeEvent() {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: (): void => {
      rung = true;
      wake?.();
    },
    /** Resolves when it was set since the last wait, on timeout, or when the signal aborts. */
    wait: async (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
      if (!rung) {
        const woken = new AbortController();
        wake = () => woken.abort();
        await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
      }
      rung = false;
    },
  };
}
