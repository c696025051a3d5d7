export * from "./accounts.ts";
export * from "./api-keys.ts";
export * from "./keys.ts";
export * from "./limits.ts";
export * from "./scopes.ts";
export * from "./tickets.ts";
