import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type DescribedCommand, type DescribedOption, describeCommands } from "./describe-commands.ts";

/** The shells that have a script. */
export type Shell = "bash" | "zsh" | "fish";

/**
 * What completes commands, options and the names of files in a shell. It holds all that it needs: nothing is started when Tab is
 * pressed, and nothing of what was typed is run.
 */
export function completionScript(root: CommandUnknownOpts, shell: Shell): string {
  return scripts[shell](describeCommands(root));
}

/** `help` is commander's own, and completes the commands it explains. */
const withHelp = ({ path, commands }: DescribedCommand): readonly string[] =>
  path === "" ? [...commands, "help"] : commands;

type Kind = "file" | "folder" | "text";

/** What the value of an option is, by the name that its help gives it. */
const kindOf = ({ value }: DescribedOption): Kind =>
  value === "FILE" ? "file" : value === "DIR" || value === "PLACE" ? "folder" : "text";

const spellings = ({ long, short }: DescribedOption): readonly string[] => (short === null ? [long] : [short, long]);

/** In single quotes, as every shell here reads them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const firstSentence = (text: string): string => text.split(/[;.:(](?:\s|$)/)[0]?.trim() ?? text;

/** Chooses by the path of the command; the longest one first, since the last word of it may also be an argument. */
function bash(commands: readonly DescribedCommand[]): string {
  const byPath = (line: (command: DescribedCommand) => string | null): readonly string[] =>
    commands.flatMap((command) => {
      const text = line(command);
      return text === null ? [] : [`    ${quoted(command.path)}) ${text} ;;`];
    });
  const optionsOf = (kind: Kind) => (command: DescribedCommand) => {
    const found = command.options
      .filter((option) => option.value !== null && kindOf(option) === kind)
      .flatMap(spellings);
    return found.length === 0 ? null : `${kind}=${quoted(` ${found.join(" ")} `)}`;
  };
  return `# vidferry completion for bash
_vidferry() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= word words= file= folder= text= candidate
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${commands
  .filter(({ path }) => path !== "")
  .map(({ path }) => {
    const before = path.split(" ").slice(0, -1).join(" ");
    return `    ${quoted(`${before} ${path.split(" ").at(-1)}`)}) path=${quoted(path)} ;;`;
  })
  .join("\n")}
    esac
  done
  case "$path" in
${byPath((command) => {
  const names = [...withHelp(command), ...command.arguments.flatMap(({ choices }) => choices)];
  return `words=${quoted([...names, ...command.options.flatMap(spellings)].join(" "))}`;
}).join("\n")}
  esac
  case "$path" in
${byPath(optionsOf("file")).join("\n")}
  esac
  case "$path" in
${byPath(optionsOf("folder")).join("\n")}
  esac
  case "$path" in
${byPath(optionsOf("text")).join("\n")}
  esac
  COMPREPLY=()
  case "$file" in *" $prev "*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;; esac
  case "$folder" in *" $prev "*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;; esac
  case "$text" in *" $prev "*) return ;; esac
  for candidate in $words; do
    case "$candidate" in "$cur"*) [ -n "$cur" ] || [ "\${candidate#-}" = "$candidate" ] && COMPREPLY+=("$candidate") ;; esac
  done
}
complete -F _vidferry vidferry
`;
}

function zsh(commands: readonly DescribedCommand[]): string {
  const action: Readonly<Record<Kind, string>> = { file: "_files", folder: "_files -/", text: " " };
  const escaped = (text: string): string => firstSentence(text).replaceAll(/[[\]:\\]/g, "\\$&");
  const specs = (command: DescribedCommand): string =>
    command.options
      .map((option) => {
        const value = option.value === null ? "" : `:${escaped(option.value)}:${action[kindOf(option)]}`;
        const names = spellings(option);
        const spec = quoted(`[${escaped(option.description)}]${value}`);
        return names.length === 1 ? `${names[0]}${spec}` : `{${names.join(",")}}${spec}`;
      })
      .join(" ");
  const below = (command: DescribedCommand): string => {
    const names = withHelp(command);
    const choices = command.arguments.flatMap((argument) => argument.choices);
    const summaries = names.map((name) => {
      const path = command.path === "" ? name : `${command.path} ${name}`;
      return quoted(`${name}:${escaped(commands.find((one) => one.path === path)?.summary ?? "explains a command")}`);
    });
    if (summaries.length > 0) return `_values_of=(${summaries.join(" ")}); _describe command _values_of;`;
    return choices.length > 0 ? `compadd ${choices.join(" ")};` : "";
  };
  return `#compdef vidferry
# vidferry completion for zsh
_vidferry() {
  local command= word
  local -a _values_of
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$command $word" in
${commands
  .filter(({ path }) => path !== "")
  .map(({ path }) => {
    const before = path.split(" ").slice(0, -1).join(" ");
    return `    ${quoted(`${before} ${path.split(" ").at(-1)}`)}) command=${quoted(path)} ;;`;
  })
  .join("\n")}
    esac
  done
  case "$command" in
${commands
  .map((command) => `    ${quoted(command.path)}) ${below(command)} _arguments -S ${specs(command)} '*: : ' ;;`)
  .join("\n")}
  esac
}
compdef _vidferry vidferry
`;
}

function fish(commands: readonly DescribedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const seen = command.path === "" ? [] : command.path.split(" ");
    const here = [...seen.map((word) => `__fish_seen_subcommand_from ${word}`)];
    const names = withHelp(command);
    const none = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(" ")}`];
    const when = (parts: readonly string[]): string =>
      parts.length === 0 ? "" : ` -n ${quoted(parts.join("; and "))}`;
    const below = names.map((name) => {
      const path = command.path === "" ? name : `${command.path} ${name}`;
      const summary = commands.find((one) => one.path === path)?.summary ?? "explains a command";
      return `complete -c vidferry -f${when([...here, ...none])} -a ${name} -d ${quoted(firstSentence(summary))}`;
    });
    const choices = command.arguments.flatMap((argument) => argument.choices);
    const values = choices.length === 0 ? [] : [`complete -c vidferry -f${when(here)} -a ${quoted(choices.join(" "))}`];
    const options = command.options.map((option) => {
      const names = `-l ${option.long.slice(2)}${option.short === null ? "" : ` -s ${option.short.slice(1)}`}`;
      const kind = kindOf(option);
      const value =
        option.value === null
          ? ""
          : kind === "file"
            ? " -r -F"
            : kind === "folder"
              ? " -x -a '(__fish_complete_directories)'"
              : " -x";
      const place = command.path === "" ? none : here;
      return `complete -c vidferry${when(place)} ${names}${value} -d ${quoted(firstSentence(option.description))}`;
    });
    return [...below, ...values, ...options];
  });
  return ["# vidferry completion for fish", "complete -c vidferry -f", ...lines, ""].join("\n");
}

const scripts: Readonly<Record<Shell, (commands: readonly DescribedCommand[]) => string>> = { bash, zsh, fish };
