/** A statement takes 32,766 parameters on SQLite and 65,534 on PostgreSQL; no table has more than thirty columns. */
const most = 1_000;

/** Rows in the parts that one statement each can hold, in their order. */
export function inParts<T>(rows: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(rows.length / most) }, (_, part) => rows.slice(part * most, (part + 1) * most));
}
