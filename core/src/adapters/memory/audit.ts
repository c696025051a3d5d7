import { randomUUID } from "node:crypto";
import { type Audit, type AuditEntry, type AuditQuery, boundedDetail } from "../../audit/audit.ts";
import { storedCopy } from "../../jobs/rules/storable.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The audit log in memory. */
export function createMemoryAudit({ audit }: MemoryState, decide: Decide): Audit {
  return {
    add: (...entries) =>
      decide((at) => {
        for (const entry of entries) {
          const id = `aud_${randomUUID().replaceAll("-", "")}` as const;
          audit.set(id, { ...storedCopy({ ...entry, detail: boundedDetail(entry.detail) }), id, at });
        }
      }),
    list: (query) =>
      decide(() =>
        audit
          .values()
          .filter((entry) => matches(entry, query))
          .sort(newestFirst)
          .slice(0, query.limit),
      ),
    prune: (olderThanMs, limit) =>
      decide((now) => {
        const old = audit
          .values()
          .filter(({ at }) => at <= later(now, -olderThanMs))
          .sort((a, b) => newestFirst(b, a))
          .slice(0, limit);
        for (const { id } of old) audit.delete(id);
        return old.length;
      }),
  };
}

function matches(entry: AuditEntry, { action, subject, keyId, from, to, after }: AuditQuery): boolean {
  return (
    (action === undefined || entry.action === action) &&
    (subject === undefined || entry.subject === subject) &&
    (keyId === undefined || entry.by.keyId === keyId) &&
    (from === undefined || entry.at >= from) &&
    (to === undefined || entry.at < to) &&
    (after === undefined || newestFirst(after, entry) < 0)
  );
}

type Place = Pick<AuditEntry, "at" | "id">;
const newestFirst = (a: Place, b: Place): number =>
  Number(b.at) - Number(a.at) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
