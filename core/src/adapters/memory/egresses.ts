import { freshCondition } from "../../egress/condition.ts";
import { type Egress, mostEgresses, nameTaken, tooManyEgresses } from "../../egress/egress.ts";
import type { EgressPatch, StoredEgresses } from "../../egress/stored-egresses.ts";
import { storableText, storedCopy } from "../../jobs/rules/storable.ts";
import type { EgressId } from "../../runtime/ids.ts";
import { compare } from "./job-query.ts";
import type { Decide, EgressRow, MemoryState } from "./state.ts";

/** The egresses in memory. */
export function createMemoryEgresses({ egresses }: MemoryState, decide: Decide): StoredEgresses {
  const requireFree = (name: string, id: EgressId): void => {
    if (egresses.values().some(({ egress }) => egress.name === storableText(name) && egress.id !== id))
      throw nameTaken(name);
  };
  /** Writes cookies of this version. */
  const withCookies = <T>(id: EgressId, version: number, write: (row: EgressRow, now: Date) => T): Promise<T | null> =>
    decide((now) => {
      const row = egresses.get(id);
      return row?.egress.cookies?.version === version ? write(row, now) : null;
    });

  return {
    read: () =>
      decide((now) => ({
        now,
        egresses: egresses
          .values()
          .map(({ egress }) => egress)
          .sort((a, b) => Number(a.createdAt) - Number(b.createdAt) || compare(a.id, b.id)),
      })),

    insert: ({ cookies, ...settings }) =>
      decide((now) => {
        if (egresses.values().length >= mostEgresses) throw tooManyEgresses();
        if (egresses.has(settings.id)) throw nameTaken(settings.name);
        requireFree(settings.name, settings.id);
        const egress: Egress = {
          ...stored(settings),
          cookies: cookies === null ? null : { version: 1, checkedAt: null, valid: null },
          ...{ condition: freshCondition, version: 0, createdAt: now, updatedAt: now },
        };
        egresses.set(egress.id, { egress, sealed: cookies, cookiesVersion: cookies === null ? 0 : 1 });
        return egress;
      }),

    update: (id, { cookies, ...patch }) =>
      decide((now) => {
        const row = egresses.get(id);
        if (row === undefined) return null;
        if (patch.name !== undefined) requireFree(patch.name, id);
        const cookiesVersion = row.cookiesVersion + (cookies === undefined ? 0 : 1);
        const fresh = cookies ? { version: cookiesVersion, checkedAt: null, valid: null } : null;
        const egress = {
          ...{ ...row.egress, ...stored(patch), updatedAt: now },
          ...(cookies !== undefined && { cookies: fresh }),
        };
        egresses.set(id, { egress, sealed: cookies === undefined ? row.sealed : cookies, cookiesVersion });
        return egress;
      }),

    remove: (id) =>
      decide(() => {
        if (!egresses.has(id)) return false;
        egresses.delete(id);
        return true;
      }),

    writeCondition: (id, version, condition) =>
      decide(() => {
        const row = egresses.get(id);
        if (row === undefined || row.egress.version !== version) return false;
        const egress = { ...row.egress, condition: storedCopy(condition), version: version + 1 };
        egresses.set(id, { ...row, egress });
        return true;
      }),

    cookies: (id) =>
      decide(() => {
        const row = egresses.get(id);
        return row === undefined || row.sealed === null ? null : { sealed: row.sealed, version: row.cookiesVersion };
      }),

    replaceCookies: (id, version, sealed) =>
      withCookies(id, version, (row) => {
        const { checkedAt = null, valid = null } = row.egress.cookies ?? {};
        const egress = { ...row.egress, cookies: { version: version + 1, checkedAt, valid } };
        egresses.set(id, { egress, sealed, cookiesVersion: version + 1 });
        return version + 1;
      }),

    markCookies: async (id, version, valid) =>
      (await withCookies(id, version, (row, now) => {
        egresses.set(id, { ...row, egress: { ...row.egress, cookies: { version, checkedAt: now, valid } } });
        return true;
      })) ?? false,
  };
}

function stored<T extends Omit<EgressPatch, "cookies">>(written: T): T {
  return {
    ...written,
    ...(written.name !== undefined && { name: storableText(written.name) }),
    ...(written.pool && { pool: storableText(written.pool) }),
    ...(written.hosts !== undefined && { hosts: storedCopy(written.hosts) }),
  };
}
