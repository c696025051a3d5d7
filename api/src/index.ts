export { createApp } from "./app.ts";
export { type Auth, createOpenAuth, type Principal } from "./auth/auth.ts";
export { createKeyAuth, type KeyAuthDeps } from "./auth/keys.ts";
export { type ApiConfig, defaultApiConfig } from "./config.ts";
export type { App, AppDeps, AppEnv, RuntimeBindings } from "./environment.ts";
export { openApiDocument } from "./openapi.ts";
export { Problem } from "./problem.ts";
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
export type { ApiService, ClientMove, OpenedFile, RequestedRange, SubmitCommand } from "./service.ts";
