import { makeSchema } from "../sql/schema.ts";
import { postgresKit } from "./kit.ts";

/** PostgreSQL's tables; drizzle-kit reads them from here too. */
export const { jobs, jobLabels, apiKeys, deployment } = makeSchema(postgresKit);
