import type { CommandUnknownOpts, Help } from "@commander-js/extra-typings";

/** `--out <DIR>` as `--out DIR`; what may be left out keeps its brackets. */
const plain = (term: string): string => term.replaceAll(/[<>]/g, "");

/** The path of a command: `vidferry keys create`. */
export function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** How a command is called: `vidferry accounts erase OWNER [options]`. */
export function usageOf(command: CommandUnknownOpts): string {
  const parts = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "…" : ""}`;
    return argument.required ? name : `[${name}]`;
  });
  const isGroup = command.commands.length > 0 && parts.length === 0;
  return [pathOf(command), ...(isGroup ? ["COMMAND"] : []), ...parts, "[options]"].join(" ");
}

/** How the help of every command looks. */
export const helpStyle: Partial<Help> = {
  commandUsage: usageOf,
  optionTerm: (option) => plain(option.flags),
  subcommandTerm: (command) =>
    [
      command.name(),
      ...command.registeredArguments.map(
        (argument) => `${argument.required ? "" : "["}${argument.name()}${argument.required ? "" : "]"}`,
      ),
    ].join(" "),
  showGlobalOptions: false,
};
