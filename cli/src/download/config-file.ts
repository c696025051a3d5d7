import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "@vidferry/core/program";
import type { Environment } from "../command-line/invocation.ts";

type Section = Readonly<Record<string, unknown>>;

/** Presets that are there without a configuration file, which may replace them. */
export const ownPresets: Readonly<Record<string, Section>> = {
  podcast: { audio: "m4a", thumbnail: "embed", metadata: true, name: "{channel}/{uploadDate} {title}" },
  music: { audio: "mp3", vbr: 0, thumbnail: "embed", metadata: true, sponsorblock: "music_offtopic" },
  archive: {
    quality: "best",
    container: "mkv",
    subs: "original",
    "embed-subs": true,
    metadata: true,
    "info-json": true,
    thumbnail: "file",
    name: "{channel}/{uploadDate} {title} [{id}]",
  },
};

/** Options of which a choice leaves no room for the others: sound alone has no height, a transcript neither. */
const shapes = [
  ["audio", "bitrate", "vbr"],
  ["quality", "container", "codec", "maxFps", "embedSubs", "burnSubs"],
  ["transcript"],
] as const;

/**
 * Sets options of a command that the command line leaves open: first what the preset says, then the section `[download]` of
 * the configuration file. Throws {@link UsageError} that names the file and the option that is wrong.
 */
export function applyConfigFile(command: CommandUnknownOpts, environment: Environment): void {
  const [config, preset] = [typed(command, "config"), typed(command, "preset")];
  const path = config ?? standardPath(environment);
  const file = readConfigFile(path, config !== undefined);
  if (preset !== undefined) {
    const presets = { ...ownPresets, ...sectionsOf(file["presets"], `${path}: [presets]`) };
    const chosen = presets[preset];
    if (chosen === undefined) {
      throw new UsageError(
        `--preset: there is no ${JSON.stringify(preset)}, but ${Object.keys(presets).join(", ")}; others are sections such as [presets.${preset}] in ${path}`,
      );
    }
    apply(command, chosen, `[presets.${preset}] in ${path}`);
  }
  apply(command, sectionOf(file["download"] ?? {}, `${path}: [download]`), `[download] in ${path}`);
}

function typed(command: CommandUnknownOpts, name: string): string | undefined {
  const value: unknown = command.getOptionValue(name);
  return typeof value === "string" ? value : undefined;
}

function standardPath({ XDG_CONFIG_HOME: folder, HOME: home }: Environment): string {
  return join(folder || join(home || homedir(), ".config"), "vidferry", "config.toml");
}

function readConfigFile(path: string, isAskedFor: boolean): Section {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (!isAskedFor && error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw new UsageError(`--config: ${path} cannot be read (${error instanceof Error ? error.message : "unknown"})`);
  }
  let file: Section;
  try {
    file = Bun.TOML.parse(text) as Section;
  } catch (error) {
    throw new UsageError(`${path}: expected TOML: ${error instanceof Error ? error.message : "not valid"}`);
  }
  for (const name of Object.keys(file))
    if (name !== "download" && name !== "presets")
      throw new UsageError(`${path}: there is no [${name}], but [download] and [presets.NAME]`);
  return file;
}

function sectionOf(value: unknown, where: string): Section {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Section;
  throw new UsageError(`${where}: expected options, for example quality = "720p"`);
}

function sectionsOf(value: unknown, where: string): Readonly<Record<string, Section>> {
  if (value === undefined) return {};
  return Object.fromEntries(
    Object.entries(sectionOf(value, where)).map(([name, section]) => [name, sectionOf(section, `${where} ${name}`)]),
  );
}

/** Of where a preset and a configuration file come from, only what is read from the command line is known. */
const notInFiles = ["config", "preset", "help"];

function apply(command: CommandUnknownOpts, section: Section, where: string): void {
  const isSet = (name: string): boolean => command.getOptionValue(name) !== undefined;
  const chosen = shapes.findIndex((names) => names.some(isSet));
  const ruledOut: readonly string[] =
    chosen < 0 ? [] : shapes.flatMap((names, index) => (index === chosen ? [] : names));
  for (const [name, value] of Object.entries(section)) {
    const option = command.options.find(({ long }) => long === `--${name}`);
    if (option === undefined || notInFiles.includes(name))
      throw new UsageError(`${where}: there is no option ${JSON.stringify(name)}; ${command.name()} --help lists them`);
    const attribute = option.attributeName();
    if (isSet(attribute) || ruledOut.includes(attribute)) continue;
    command.setOptionValueWithSource(attribute, optionValue(value, option.isBoolean(), `${where}: ${name}`), "config");
  }
}

/** As if it had been typed. */
function optionValue(value: unknown, isSwitch: boolean, where: string): unknown {
  if (isSwitch) {
    if (typeof value === "boolean") return value || undefined;
    throw new UsageError(`${where}: expected true or false`);
  }
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === "string" || typeof part === "number"))
    return value.join(",");
  throw new UsageError(`${where}: expected a text or a number`);
}
