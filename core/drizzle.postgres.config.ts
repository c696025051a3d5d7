import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./src/adapters/sql/postgres/schema.ts",
  out: "./migrations/postgres",
});
