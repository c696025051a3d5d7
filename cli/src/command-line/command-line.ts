import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { addEnvFile, exitCodes, type Program } from "@vidferry/core/program";
import packageJson from "../../package.json" with { type: "json" };
import { defineCommands } from "../definitions/define-commands.ts";
import { helpStyle } from "./help-style.ts";
import type { Environment, Run } from "./invocation.ts";
import { tellAsJson } from "./json-failure.ts";
import { refuseForgottenValues, usageProblem } from "./usage-problem.ts";

/** All commands with their options. Nothing of what they do is imported before one of them runs. */
export function commandTree(run: Run): CommandUnknownOpts {
  const root = new Command("vidferry")
    .description("A self-hosted video download service for YouTube.")
    .version(packageJson.version, "-V, --version", "the version of Vidferry")
    .helpOption("-h, --help", "explains a command")
    .helpCommand("help [COMMAND]", "explains a command")
    .configureHelp(helpStyle)
    .addHelpText(
      "after",
      "\nEvery command has a --help of its own. Configuration is read from the environment and from .env: see docs/configuration.md.",
    );
  defineCommands(root, run);
  return root;
}

/**
 * Runs what a command line says. Resolves with the exit code, and rejects with what went wrong, unless it was called with
 * `--json`: then that is told as a JSON object, like everything else.
 */
export async function runCommandLine(
  args: readonly string[],
  program: Program,
  environment: Environment,
): Promise<number> {
  const { terminal } = program;
  let exitCode: number = exitCodes.done;
  const root = commandTree(async (name, start) => {
    const { readConfig } = await import("../command-settings.ts");
    exitCode = await start({
      ...program,
      environment,
      config: (settings = {}) => {
        addEnvFile(environment);
        return readConfig(name, { ...environment, ...settings });
      },
    });
  });
  for (const command of everyCommand(root)) {
    command
      .configureOutput({
        writeOut: (text) => terminal.out(text.trimEnd()),
        writeErr: () => undefined,
      })
      .exitOverride((error) => {
        if (error.exitCode === 0) throw error;
        throw usageProblem(error, command, args);
      });
  }
  root.hook("preAction", (_root, command) => refuseForgottenValues(command));
  try {
    await root.parseAsync(args.length === 0 ? ["help"] : args, { from: "user" });
    return exitCode;
  } catch (error) {
    // What was asked for was help or the version, and is told.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    const told = args.includes("--json") ? tellAsJson(error, terminal) : null;
    if (told === null) throw error;
    return told;
  }
}

/** A command and all below it. */
export function everyCommand(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
