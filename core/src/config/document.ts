import { variables } from "./variables.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Generates `docs/configuration.md` from the table of variables. */
export function configurationDocument(): string {
  const rows = Object.entries(variables).map(([name, { standard, about }]) => {
    const value = standard === null || standard === "" ? "" : `\`${cell(standard)}\``;
    return `| \`${name}\` | ${value} | ${cell(about)} |`;
  });
  return `# Configuration

Vidferry is configured by environment variables; a \`.env\` file in the working directory is read too, for what the
environment does not set. Of that file only the variables below and those of S3's credentials (\`AWS_…\`) are taken, and no
other file is read. They are checked once, at the start: a wrong value stops the process with exit code 78 and a line that
names the variable and says what was expected; \`vidferry download\` checks only those that it uses. An empty value counts
as absent; blanks and quotes around a value, and capitals where they mean nothing, do not matter. \`~/\` at the beginning of a
path is the home folder. Hosts and origins may be written as links (\`https://www.example.org/\`, \`*.example.org\`).

This page is generated from the table in \`core/src/config/variables.ts\` by \`bun core/scripts/write-configuration.ts\`; a
test compares them.

| variable | default | meaning |
|---|---|---|
${rows.join("\n")}
`;
}
