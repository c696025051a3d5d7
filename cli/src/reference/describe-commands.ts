import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { pathOf, usageOf } from "../command-line/help-style.ts";

/** An option, as references and completion need it. */
export interface DescribedOption {
  readonly long: string;
  /** With one dash; null: it has none. */
  readonly short: string | null;
  /** The name of its value; null: it takes none. */
  readonly value: string | null;
  readonly description: string;
  readonly group: string;
}

/** A command, as references and completion need it. */
export interface DescribedCommand {
  /** Without `vidferry`: `keys create`; empty for the program itself. */
  readonly path: string;
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly description: string;
    readonly choices: readonly string[];
  }[];
  readonly options: readonly DescribedOption[];
  /** The names of the commands below it. */
  readonly commands: readonly string[];
  readonly group: string;
}

/** Every command, the program itself first, each before those below it. */
export function describeCommands(command: CommandUnknownOpts): readonly DescribedCommand[] {
  const help = command.createHelp();
  const described: DescribedCommand = {
    path: pathOf(command).replace(/^\S+ ?/, ""),
    usage: usageOf(command),
    summary: command.summary() || command.description(),
    description: command.description(),
    arguments: help.visibleArguments(command).map((argument) => ({
      name: argument.name(),
      description: argument.description,
      choices: argument.argChoices ?? [],
    })),
    options: help.visibleOptions(command).map((option) => ({
      long: option.long ?? "",
      short: option.short ?? null,
      value: /<(.+)>$/.exec(option.flags)?.[1] ?? null,
      description: option.description,
      group: (option.helpGroupHeading ?? "Options:").replace(/:$/, ""),
    })),
    commands: command.commands.map((one) => one.name()),
    group: command.helpGroup().replace(/:$/, ""),
  };
  return [described, ...command.commands.flatMap(describeCommands)];
}
