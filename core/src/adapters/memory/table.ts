/** Records how to undo writes during a transaction. */
export interface UndoLog {
  /** From now on writes can be undone. */
  begin(): void;
  note(undo: () => void): void;
  /** Keeps what was written. */
  commit(): void;
  /** Undoes what was written since the beginning. */
  rollBack(): void;
}

export function createUndoLog(): UndoLog {
  let steps: (() => void)[] | null = null;
  return {
    begin: () => {
      steps = [];
    },
    note: (undo) => {
      steps?.push(undo);
    },
    commit: () => {
      steps = null;
    },
    rollBack: () => {
      const undone = steps ?? [];
      steps = null;
      for (const undo of undone.reverse()) undo();
    },
  };
}

/** Rows by their key. A row is never changed, only replaced. */
export interface Table<K, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, row: V): void;
  delete(key: K): void;
  values(): V[];
  entries(): [K, V][];
}

export function createTable<K, V>(log: UndoLog): Table<K, V> {
  const rows = new Map<K, V>();
  const remember = (key: K): void => {
    const isThere = rows.has(key);
    const before = rows.get(key) as V;
    log.note(() => {
      if (isThere) rows.set(key, before);
      else rows.delete(key);
    });
  };
  return {
    get: (key) => rows.get(key),
    has: (key) => rows.has(key),
    set: (key, row) => {
      remember(key);
      rows.set(key, row);
    },
    delete: (key) => {
      remember(key);
      rows.delete(key);
    },
    values: () => [...rows.values()],
    entries: () => [...rows.entries()],
  };
}
