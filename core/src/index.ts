export {
  createVidferry,
  type DownloadOptions,
  type Vidferry,
  type VidferryOptions,
} from "./compose/create-vidferry.ts";
export * from "./config/index.ts";
export * from "./errors/index.ts";
export * from "./job/index.ts";
export * from "./ports/index.ts";
export * from "./use-cases/api-keys.ts";
export * from "./use-cases/index.ts";
