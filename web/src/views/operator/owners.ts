import { vidferry } from "../../service.ts";
import { session } from "../../session/session.ts";

/** Keys that are looked through for their owners. */
const looked = 1_000;
const monthMs = 30 * 86_400_000;

/** Everybody who has or had a key, or had a job that ended in the last month; the one who is signed in first. */
export async function readOwners(): Promise<readonly string[]> {
  const from = new Date(Date.now() - monthMs).toISOString();
  const [keys, ends] = await Promise.all([
    vidferry.keys.list({ revoked: true, limit: 100 }).toArray({ limit: looked }),
    vidferry.records.stats({ by: "owner", from, owner: "*" }),
  ]);
  const mine = session.peek()?.owner;
  const others = [...keys.map(({ owner }) => owner), ...ends.data.map(({ key }) => key)].sort();
  return [...new Set([...(mine === undefined ? [] : [mine]), ...others])];
}
