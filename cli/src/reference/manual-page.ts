import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import packageJson from "../../package.json" with { type: "json" };
import { type DescribedOption, describeCommands } from "./describe-commands.ts";
import { exitMeanings } from "./exit-meanings.ts";

/** Text as roff reads it: a backslash and a dash are commands to it, and so is a line that begins with a dot or a quote. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/gm, "\\&$1")
    .replaceAll(
      /[^\t\n -~]/gu,
      (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );

const option = ({ long, short, value, description }: DescribedOption): string => {
  const names = [short, long].filter((name) => name !== null).map((name) => `\\fB${roff(name)}\\fR`);
  return `.TP\n${names.join(", ")}${value === null ? "" : ` \\fI${roff(value)}\\fR`}\n${roff(description)}`;
};

/** The manual page, `vidferry(1)`. */
export function manualPage(root: CommandUnknownOpts): string {
  const [program, ...commands] = describeCommands(root);
  const sections = commands.map(({ usage, description, options, arguments: given }) =>
    [
      `.SS ${roff(usage)}`,
      roff(description),
      ...given.map((argument) => `.TP\n\\fI${roff(argument.name)}\\fR\n${roff(argument.description)}`),
      ...options.filter(({ long }) => long !== "--help").map(option),
    ].join("\n"),
  );
  return [
    `.TH VIDFERRY 1 "" "vidferry ${roff(packageJson.version)}" "User Commands"`,
    `.SH NAME\nvidferry \\- ${roff("a self-hosted video download service")}`,
    `.SH SYNOPSIS\n.B vidferry\n${roff(program?.usage.replace(/^\S+ /, "") ?? "")}`,
    `.SH OPTIONS\n${(program?.options ?? []).map(option).join("\n")}`,
    `.SH COMMANDS\n${sections.join("\n")}`,
    `.SH EXIT STATUS\n${exitMeanings.map(([code, meaning]) => `.TP\n\\fB${code}\\fR\n${roff(meaning)}`).join("\n")}`,
    ".SH FILES\n.TP\n\\fI~/.config/vidferry/config.toml\\fR\nstandard options and presets of \\fBvidferry download\\fR\n.TP\n\\fI.vidferry\\fR\ninside the folder of a download: what was saved, and what it continues from",
    ".SH ENVIRONMENT\nSettings are variables of the environment, or of a file .env; docs/configuration.md lists them.",
    "",
  ].join("\n");
}
