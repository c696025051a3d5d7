import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/adapters/sql/sqlite/schema.ts",
  out: "./migrations/sqlite",
});
