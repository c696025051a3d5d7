export * from "./database.ts";
export { type TransactionWatch, watchTransaction } from "./transaction-watch.ts";
