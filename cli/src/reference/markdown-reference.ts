import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type DescribedOption, describeCommands } from "./describe-commands.ts";
import { exitMeanings } from "./exit-meanings.ts";

/** A cell of a table: its separator has another meaning there, and so has what looks like HTML. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

const optionRow = ({ long, short, value, description }: DescribedOption): string => {
  const names = [short, long].filter((name) => name !== null).map((name) => `\`${name}\``);
  return `| ${names.join(", ")}${value === null ? "" : ` \`${value}\``} | ${cell(description)} |`;
};

/** The reference of all commands, for `docs/cli.md`. */
export function markdownReference(root: CommandUnknownOpts): string {
  const [, ...commands] = describeCommands(root);
  const sections = commands.map(({ path, usage, description, options, arguments: given, commands: below }) => {
    const rows = [
      ...given.map((argument) => `| \`${argument.name}\` | ${cell(argument.description)} |`),
      ...options.filter(({ long }) => long !== "--help").map(optionRow),
    ];
    return [
      `${path.includes(" ") ? "####" : "###"} vidferry ${path}`,
      "",
      `\`${usage}\``,
      "",
      cell(description)
        .replace(/^./, (letter) => letter.toUpperCase())
        .replace(/(?<![.!?])$/, "."),
      ...(below.length === 0 ? [] : ["", `Commands: ${below.map((name) => `\`${name}\``).join(", ")}.`]),
      ...(rows.length === 0 ? [] : ["", "| | |", "|---|---|", ...rows]),
      "",
    ].join("\n");
  });
  const exits = exitMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ["| exit code | means |", "|---|---|", ...exits, "", ...sections].join("\n").trimEnd();
}
