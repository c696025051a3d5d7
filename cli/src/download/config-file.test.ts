import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { type TempDir, tempDir } from "@vidferry/testing";
import { withDownloadOptions } from "../options/download.ts";
import { withRequestOptions } from "../options/request.ts";
import { applyConfigFile, ownPresets } from "./config-file.ts";
import { readPersonsRequest } from "./for-person.ts";
import { shapeRequest } from "./shape-request.ts";

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir("vidferry-config");
});
afterAll(() => dir[Symbol.asyncDispose]());

let files = 0;
/** The options of a command line beside a configuration file. */
async function optionsOf(args: readonly string[], toml: string | null): Promise<Record<string, unknown>> {
  const home = join(dir.path, `home-${++files}`);
  if (toml !== null) {
    await mkdir(join(home, ".config/vidferry"), { recursive: true });
    await writeFile(join(home, ".config/vidferry/config.toml"), toml);
  }
  const command = withDownloadOptions(new Command("download")).exitOverride().parse(args, { from: "user" });
  applyConfigFile(command, { HOME: home });
  return command.opts();
}
const refusal = (args: readonly string[], toml: string | null): Promise<string> =>
  optionsOf(args, toml).then(
    () => "",
    (error: Error) => error.message,
  );

const file = `
[download]
out = "/videos"
quality = 720
subs = ["en", "de"]
metadata = true
nfo = false

[presets.talks]
audio = "opus"
bitrate = 64
`;

describe("the configuration file", () => {
  test("gives what the command line leaves open", async () => {
    expect(await optionsOf([], file)).toEqual({ out: "/videos", quality: "720", subs: "en,de", metadata: true });
    expect(await optionsOf(["--quality", "1080p", "-o", "here"], file)).toMatchObject({
      quality: "1080p",
      out: "here",
    });
    expect(await optionsOf([], null)).toEqual({});
  });

  test("has presets, which go before its own options and after the command line", async () => {
    expect(await optionsOf(["--preset", "talks"], file)).toMatchObject({
      audio: "opus",
      bitrate: "64",
      out: "/videos",
    });
    expect(await optionsOf(["--preset", "talks", "--bitrate", "96"], file)).toMatchObject({ bitrate: "96" });
  });

  test("asks for no height where sound alone is wanted", async () => {
    expect(await optionsOf(["--audio", "mp3"], file)).not.toHaveProperty("quality");
    expect(await optionsOf(["--preset", "talks"], file)).not.toHaveProperty("quality");
    expect(await optionsOf(["--transcript"], file)).not.toHaveProperty("quality");
    expect(await optionsOf(["--quality", "480p"], "[download]\naudio = 'mp3'")).not.toHaveProperty("audio");
  });

  test("is looked for where XDG_CONFIG_HOME says, or where --config says", async () => {
    await mkdir(join(dir.path, "xdg/vidferry"), { recursive: true });
    await writeFile(join(dir.path, "xdg/vidferry/config.toml"), "[download]\nout = '/xdg'");
    const command = withDownloadOptions(new Command("download")).parse([], { from: "user" });
    applyConfigFile(command, { XDG_CONFIG_HOME: join(dir.path, "xdg"), HOME: "/nowhere" });
    expect(command.opts()).toMatchObject({ out: "/xdg" });
    const path = join(dir.path, "xdg/vidferry/config.toml");
    expect(await optionsOf(["--config", path], null)).toMatchObject({ out: "/xdg" });
  });

  test.each<readonly [args: string, toml: string | null, says: RegExp]>([
    ["", "[download]\nqualty = '720p'", /\[download\] in .*config\.toml: there is no option "qualty"/],
    ["", "[download]\npreset = 'talks'", /there is no option "preset"/],
    ["", "[download]\nmetadata = 'yes'", /metadata: expected true or false/],
    ["", "[download]\nquality = true", /quality: expected a text or a number/],
    ["", "[downloads]\nquality = 1", /there is no \[downloads\], but \[download\]/],
    ["", "download = 'much'", /\[download\]: expected options/],
    ["", "not toml", /config\.toml: expected TOML/],
    ["--preset nope", file, /^--preset: there is no "nope", but podcast, music, archive, talks/],
    ["--config /nowhere.toml", null, /^--config: \/nowhere\.toml cannot be read/],
  ])("%s %s is refused with its place", async (args, toml, says) => {
    expect(await refusal(args.split(" ").filter(Boolean), toml)).toMatch(says);
  });

  test.each(Object.keys(ownPresets))("the preset %s asks for what downloads know", async (preset) => {
    await optionsOf(["--preset", preset], null);
    const command = withRequestOptions(
      new Command("download").option("--preset <NAME>").option("--config <FILE>") as Command,
    );
    command.parse(["--preset", preset], { from: "user" });
    applyConfigFile(command, { HOME: "/nowhere" });
    expect(readPersonsRequest({ url: "https://youtu.be/jNQXAC9IVRw", ...shapeRequest(command.opts()) })).toBeDefined();
  });
});
