export * from "./database.ts";
export * from "./outbox.ts";
export { type TransactionWatch, watchTransaction } from "./transaction-watch.ts";
