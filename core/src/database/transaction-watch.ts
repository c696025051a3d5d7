import { AppError } from "../errors/app-error.ts";

/** Enforces the rules of {@link import("./database.ts").Database.transaction}. */
export interface TransactionWatch {
  /** Runs a statement of the transaction. Rejects when the transaction has ended. */
  statement<T>(run: () => Promise<T>): Promise<T>;
  /** Runs the whole of it. Rejects also when a statement failed whose error was caught, and when it waits for something else. */
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
  let underWay = 0;
  let ended = false;
  const failures: unknown[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const expectStatement = (): void => {
    clearTimeout(timer);
    if (underWay === 0 && !ended) timer = setTimeout(() => giveUp(waited()), 0);
  };

  return {
    statement: async (run) => {
      if (ended) throw new AppError("internal_error", "A transaction was used after its end.");
      clearTimeout(timer);
      underWay += 1;
      try {
        return await run();
      } catch (error) {
        failures.push(error);
        throw error;
      } finally {
        underWay -= 1;
        expectStatement();
      }
    },
    whole: async (run) => {
      expectStatement();
      try {
        const result = await Promise.race([run(), waitedElsewhere]);
        if (failures.length > 0) throw failures[0];
        return result;
      } catch (error) {
        // The first failure is the cause, even if the caller threw another error.
        throw failures.length > 0 ? failures[0] : error;
      } finally {
        ended = true;
        clearTimeout(timer);
      }
    },
  };
}

const waited = (): AppError =>
  new AppError("internal_error", "A transaction waited for something other than its own statements, and was undone.");
