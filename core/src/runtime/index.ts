export * from "./clock.ts";
export * from "./id-generator.ts";
export * from "./ids.ts";
export * from "./one-at-a-time.ts";
