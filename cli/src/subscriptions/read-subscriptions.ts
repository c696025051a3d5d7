import { readOpml } from "./opml.ts";
import type { Subscriptions } from "./subscription.ts";
import { readTakeout } from "./takeout.ts";

/** The subscriptions of an OPML file or of Takeout's `subscriptions.csv`, each link once. Throws an Error that says what is wrong. */
export function readSubscriptions(text: string): Subscriptions {
  const isXml = /^\uFEFF?\s*</.test(text);
  if (text.trim() === "") throw new Error("it is empty");
  const { found, others } = isXml ? readOpml(text.replace(/^\uFEFF/, "").trimStart()) : readTakeout(text);
  const seen = new Set<string>();
  return { found: found.filter(({ url }) => !seen.has(url) && seen.add(url)), others };
}
