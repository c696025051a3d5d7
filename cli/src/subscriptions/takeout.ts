import { parse } from "csv-parse/sync";
import { type Subscriptions, subscriptionOf } from "./subscription.ts";

const channelId = /^UC[\w-]{22}$/;

/**
 * The subscriptions of Google Takeout's `subscriptions.csv`: the id, the link and the title of a channel in each row. The names of the
 * columns are in the language of the account, so that a row is known by its id. Throws an Error for what is no such file.
 */
export function readTakeout(text: string): Subscriptions {
  const rows = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true, trim: true }) as string[][];
  const found = rows.flatMap((cells) => {
    const id = cells.find((cell) => channelId.test(cell));
    return id === undefined ? [] : (subscriptionOf(`https://www.youtube.com/channel/${id}`, cells.at(-1) ?? "") ?? []);
  });
  // An account without subscriptions has the names of the columns alone.
  if (found.length === 0 && rows.length > 1) throw new Error("no row of it holds the id of a channel");
  return { found, others: 0 };
}
