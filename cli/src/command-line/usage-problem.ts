import type { CommanderError, CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "@vidferry/core/program";
import { pathOf, usageOf } from "./help-style.ts";

/** Commands that take no arguments of their own: one that is given is a mistake, or a setting that belongs elsewhere. */
const bare: readonly string[] = ["demo", "serve", "api", "worker", "migrate"];

/** What is wrong with how a command was called, in our words. `args` is the whole command line. */
export function usageProblem(error: CommanderError, command: CommandUnknownOpts, args: readonly string[]): UsageError {
  const [name = "", ...rest] = args;
  if (bare.includes(name) && rest[0] !== undefined) {
    return new UsageError(
      `${name} takes no arguments, but got ${JSON.stringify(rest[0])}; settings such as PORT are environment variables: see docs/configuration.md`,
    );
  }
  // Only part of a command was typed: its help says how it goes on.
  if (error.code === "commander.help") return new UsageError(command.helpInformation().trimEnd());
  const see = `see: ${pathOf(command)} --help`;
  const message = error.message.replace(/^error: /, "").replace(/\n\((.*)\)$/, " ($1)");
  if (error.code === "commander.unknownCommand") {
    const meant = /\(.*\)$/.exec(message)?.[0];
    const parent = command.parent === null ? "" : `${command.name()}: `;
    return new UsageError(
      `${parent}there is no command ${JSON.stringify(command.args[0] ?? "")}${meant === undefined ? "" : ` ${meant}`}; ${see}`,
    );
  }
  if (error.code === "commander.missingArgument" || error.code === "commander.excessArguments")
    return new UsageError(`${message}\n\n${usageOf(command)}`);
  if (error.code === "commander.unknownOption") return new UsageError(`${message}${fewOptions(command)}; ${see}`);
  return new UsageError(`${message}; ${see}`);
}

/** More of them are only in the help. */
const mostNamed = 6;

/** The options of a command that has few. */
function fewOptions({ options }: CommandUnknownOpts): string {
  const names = options.map(({ long }) => long).join(", ");
  return options.length === 0 || options.length > mostNamed ? "" : `; there are ${names}`;
}

/** Refuses `--out --json`, where the value of an option is another option: it was forgotten. */
export function refuseForgottenValues(command: CommandUnknownOpts): void {
  const flags = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    for (const given of [value].flat()) {
      if (typeof given === "string" && given.startsWith("-") && flags.has(given))
        throw new UsageError(`${option.long} needs a value, but ${given} follows; see: ${pathOf(command)} --help`);
    }
  }
}
