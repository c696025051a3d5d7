export * from "./api-keys.ts";
export * from "./key-store.ts";
