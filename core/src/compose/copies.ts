import type { DatabaseCopies } from "../backup/database-copies.ts";
import type { Config } from "../config/config.ts";
import { pathOf } from "./backends.ts";
import { loadAdapter } from "./load-adapter.ts";

/** Whole copies of the database that the configuration names. A copy lies in a folder of WORK_DIR until it is stored. */
export async function composeCopies({ DATABASE_URL: url, WORK_DIR }: Config): Promise<DatabaseCopies> {
  const scratch = `${WORK_DIR}/copies`;
  if (url.startsWith("sqlite:")) {
    const { sqliteCopies } = await import("../adapters/sql/sqlite/index.ts");
    return sqliteCopies({ path: pathOf(url), scratch });
  }
  const { postgresCopies } = await loadAdapter(
    "DATABASE_URL",
    ["postgres"],
    () => import("../adapters/sql/postgres/index.ts"),
  );
  return postgresCopies({ url, scratch });
}
