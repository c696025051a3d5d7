import { AppError } from "../errors/app-error.ts";

/** Enforces the rules of {@link import("./database.ts").Database.transaction}. */
export interface TransactionWatch {
  /** Runs a statement of the transaction. Rejects when the transaction has ended. */
  statement<T>(run: () => Promise<T>): Promise<T>;
  /**
   * Runs the whole of it, to the end of every statement that was begun. Rejects also when a statement failed whose error was
   * caught, and when it waits for something else.
   */
  whole<T>(run: () => Promise<T>): Promise<T>;
}

/**
 * Makes a watch for one run of one transaction, for the adapters of the port.
 *
 * What follows from the answer of a statement runs before the next timer, so that a transaction without a statement under
 * way is still there when a timer fires only if it waits for something that is not the database.
 */
export function watchTransaction(): TransactionWatch {
  const { promise: waitedElsewhere, reject: giveUp } = Promise.withResolvers<never>();
  const underWay = new Set<Promise<unknown>>();
  let ended = false;
  const failures: unknown[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const expectStatement = (): void => {
    clearTimeout(timer);
    if (underWay.size === 0 && !ended) timer = setTimeout(() => giveUp(waited()), 0);
  };

  return {
    statement: async (run) => {
      if (ended) throw new AppError("internal_error", "A transaction was used after its end.");
      clearTimeout(timer);
      // A promise: the query builder that a statement gives runs again for each who waits for it.
      const running = started(run);
      underWay.add(running);
      try {
        return await running;
      } catch (error) {
        failures.push(error);
        throw error;
      } finally {
        underWay.delete(running);
        expectStatement();
      }
    },
    whole: async (run) => {
      expectStatement();
      const [outcome] = await Promise.allSettled([Promise.race([started(run), waitedElsewhere])]);
      // Left alone, the rest of a statement that nobody waited for would be written after the transaction, on its own.
      while (underWay.size > 0) await Promise.allSettled(underWay);
      ended = true;
      clearTimeout(timer);
      // The first failure is the cause, even if the caller threw another error.
      if (failures.length > 0) throw failures[0];
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    },
  };
}

const started = async <T>(run: () => Promise<T>): Promise<T> => await run();

const waited = (): AppError =>
  new AppError("internal_error", "A transaction waited for something other than its own statements, and was undone.");
