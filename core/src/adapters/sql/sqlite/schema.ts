import { makeSchema } from "../shared/schema.ts";
import { sqliteKit } from "./kit.ts";

/** SQLite's tables; drizzle-kit reads them from here too. */
export const { jobs, jobLabels, apiKeys, deployment, pulse } = makeSchema(sqliteKit);
