export * from "./api-keys.ts";
export * from "./keys.ts";
