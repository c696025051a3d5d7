import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withServerOptions } from "../options/server.ts";

/** `vidferry mcp`. */
export function defineMcp(root: CommandUnknownOpts, run: Run): void {
  withServerOptions(root.command("mcp"))
    .optionsGroup("How it is reached:")
    .option("--listen <ADDRESS>", "over HTTP at /mcp, for example 127.0.0.1:8091, instead of standard input and output")
    .option(
      "--mcp-key-file <FILE>",
      "the key that clients over HTTP must have (default: VIDFERRY_MCP_KEY, else a new one)",
    )
    .optionsGroup("Without a server:")
    .option("--data <DIR>", "where jobs and files are kept (default: ~/.local/share/vidferry)")
    .optionsGroup("Options:")
    .summary("tools for assistants: Model Context Protocol")
    .description(
      [
        "A Model Context Protocol server with tools for assistants: probe, transcript, download, status, search. Without --server it",
        "does the work itself, in this process. A client that starts it talks to it over standard input and output.",
      ].join(" "),
    )
    .action((flags) => run("mcp", async (it) => (await import("../commands/mcp.ts")).mcpCommand(flags, it)));
}
