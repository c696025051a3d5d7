/** Runs tasks sequentially. */
export interface TaskQueue {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** Makes a {@link TaskQueue}. */
export function createTaskQueue(): TaskQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (task) => {
      const result = last.then(task, task);
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** The queues of files that are in use, and by how many. */
const inUse = new Map<string, { readonly queue: TaskQueue; users: number }>();

/**
 * The queue of those who write to a file in this process; `release` it when done. SQLite lets a writer wait for another one by
 * blocking its thread, and in the same thread the other one would never end.
 */
export function sharedTaskQueue(file: string): TaskQueue & { release(): void } {
  const shared = inUse.get(file) ?? { queue: createTaskQueue(), users: 0 };
  shared.users += 1;
  inUse.set(file, shared);
  return {
    run: (task) => shared.queue.run(task),
    release: () => {
      shared.users -= 1;
      if (shared.users === 0) inUse.delete(file);
    },
  };
}
