import type { Command } from "@commander-js/extra-typings";

/** The options that name a server, of every command that uses one. */
export const withServerOptions = (command: Command) =>
  command
    .optionsGroup("Which server:")
    .option("--server <URL>", "address of the service (default: VIDFERRY_URL)")
    .option("--key-file <FILE>", "a file with an API key (default: VIDFERRY_API_KEY, where the service needs one)");

/** What those options were given. */
export interface ServerFlags {
  readonly server?: string | undefined;
  readonly keyFile?: string | undefined;
}
