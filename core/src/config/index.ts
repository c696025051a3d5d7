export { type Config, ConfigError, isLoopback, parseConfig } from "./config.ts";
export { type VariableName, variables } from "./variables.ts";
