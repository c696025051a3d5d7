import { describe, expect, test } from "bun:test";
import { Command } from "@commander-js/extra-typings";
import { type DownloadRequest, nameFields } from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";
import { withRequestOptions } from "../options/request.ts";
import { readPersonsRequest } from "./for-person.ts";
import { shapeRequest } from "./shape-request.ts";

const url = "https://youtu.be/jNQXAC9IVRw";
const read = (args: readonly string[]): DownloadRequest => {
  const command = withRequestOptions(new Command()).exitOverride();
  return readPersonsRequest({ url, ...shapeRequest(command.parse(args, { from: "user" }).opts()) });
};
const refusal = (args: readonly string[]): string => {
  try {
    read(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "";
};

test("the help of --name tells every field", () => {
  const help = new Map(withRequestOptions(new Command()).options.map(({ long, description }) => [long, description]));
  expect(help.get("--name")).toEndWith(`Fields: ${Object.keys(nameFields).join(", ")}`);
});

describe("the options of vidferry download", () => {
  test.each<readonly [args: readonly string[], means: object]>([
    [["--quality", "1080"], { output: { quality: "1080p" } }],
    [["--quality", "720P"], { output: { quality: "720p" } }],
    [["--quality", "4K"], { output: { quality: "2160p" } }],
    [["--quality", " Best "], { output: { quality: "best" } }],
    [["--container", "MKV", "--codec", "VP9"], { output: { container: "mkv", codec: "vp9" } }],
    [["--audio", "MP3", "--bitrate", "192k"], { output: { type: "audio", format: "mp3", bitrateKbps: 192 } }],
    [["--bitrate", "192 kbps", "--audio", "opus"], { output: { bitrateKbps: 192 } }],
    [["--audio", "mp3", "--vbr", "V0"], { output: { type: "audio", format: "mp3", vbrQuality: 0 } }],
    [["--audio-lang", "DE"], { output: { type: "video", audioLanguage: "de" } }],
    [["--variants", "upscaled, DRC"], { output: { type: "video", variants: ["upscaled", "drc"] } }],
    [["--audio", "m4a", "--audio-lang", "pt-BR"], { output: { type: "audio", audioLanguage: "pt-BR" } }],
    [["--max-fps", "30 "], { output: { maxFps: 30 } }],
    [["--subs", "en, de"], { subtitles: { languages: ["en", "de"] } }],
    [["--subs", "EN DE,pt-BR,Original"], { subtitles: { languages: ["en", "de", "pt-BR", "original"] } }],
    [["--subs", "en", "--subs-formats", "JSON, md"], { subtitles: { languages: ["en"], formats: ["json", "md"] } }],
    [["--burn-subs", "EN"], { subtitles: { languages: ["en"], burnIn: "en" } }],
    [["--burn-subs", "fr", "--subs", "en"], { subtitles: { languages: ["en"], burnIn: "fr" } }],
    [["--translate-to", "FR, pt-BR"], { subtitles: { languages: ["original"], translateTo: ["fr", "pt-BR"] } }],
    [
      ["--subs", "en", "--translate-to", "fr", "--translator", "LibreTranslate"],
      { subtitles: { languages: ["en"], translateTo: ["fr"], translator: "libretranslate" } },
    ],
    [["--transcribe", "Missing"], { subtitles: { languages: ["original"], transcribe: "missing" } }],
    [
      ["--transcript", "--transcribe", "always", "--subs-formats", "json"],
      { output: { type: "transcript" }, subtitles: { transcribe: "always", formats: ["json"] } },
    ],
    [["--transcript", "--subs-formats", "md"], { subtitles: { languages: ["original"], formats: ["md"] } }],
    [["--sponsorblock", "Sponsor, selfpromo"], { sponsorBlock: ["sponsor", "selfpromo"] }],
    [["--chapters", "Split"], { chapters: "split" }],
    [["--thumbnail", "FILE"], { thumbnail: "file" }],
    [["--live-max", "60"], { live: { maxSeconds: 60 } }],
    [["--live-from-start"], { live: { fromStart: true } }],
    [["--thumbnail", "file", "--thumbnail-format", "WebP"], { thumbnail: "file", thumbnailFormat: "webp" }],
    [["--metadata", "--nfo"], { metadata: { embed: true, infoJson: false, nfo: true } }],
    [["--info-json"], { metadata: { embed: false, infoJson: true } }],
    [["--name", "{channel}/{title} [{id}]"], { fileName: "{channel}/{title} [{id}]" }],
    [["--clip", "1:00 - 2:30"], { clip: { startSeconds: 60, endSeconds: 150 } }],
    [["--clip", "1:00-"], { clip: { startSeconds: 60 } }],
    [["--clip=-2:30"], { clip: { startSeconds: 0, endSeconds: 150 } }],
    [["--clip", "90–1:02:03.5"], { clip: { startSeconds: 90, endSeconds: 3723.5 } }],
    [["--clip", "0-5, 1:00-"], { clip: [{ endSeconds: 5 }, { startSeconds: 60 }] }],
    [
      ["--clip", "0-5", "--clip", "1:00-", "--exact"],
      { clip: [{ endSeconds: 5 }, { startSeconds: 60 }], exactCuts: true },
    ],
    [["--sponsorblock", "sponsor", "--exact"], { sponsorBlock: ["sponsor"], exactCuts: true }],
    [["--mark-segments", "Intro, outro"], { sponsorBlock: { remove: [], mark: ["intro", "outro"] } }],
    [
      ["--mark-segments", "intro", "--sponsorblock", "sponsor"],
      { sponsorBlock: { remove: ["sponsor"], mark: ["intro"] } },
    ],
  ])("%j are understood as people write them", (args, means) => {
    expect(read(args)).toMatchObject(means);
  });

  test.each<readonly [args: readonly string[], option: string]>([
    [["--quality", "999"], "--quality"],
    [["--container", "avi"], "--container"],
    [["--codec", "divx"], "--codec"],
    [["--max-fps", "0"], "--max-fps"],
    [["--audio", "tape"], "--audio"],
    [["--audio", "flac", "--bitrate", "192"], "--bitrate"],
    [["--bitrate", "fast", "--audio", "mp3"], "--bitrate"],
    [["--subs", "english!"], "--subs"],
    [["--embed-subs", "--audio", "mp3"], "--embed-subs"],
    [["--burn-subs", "en", "--audio", "mp3"], "--burn-subs"],
    [["--subs", "en", "--subs-formats", "docx"], "--subs-formats"],
    [["--subs-formats", "srt"], "--subs-formats"],
    [["--translate-to", "english!"], "--translate-to"],
    [["--translate-to", "fr", "--translator", "babelfish"], "--translator"],
    [["--subs", "en", "--translator", "source"], "--translator"],
    [["--transcribe", "sometimes"], "--transcribe"],
    [["--clip", "2:00-1:00"], "--clip"],
    [["--clip", "soon-later"], "--clip"],
    [["--clip=-"], "--clip"],
    [["--chapters", "eat"], "--chapters"],
    [["--chapters", "split", "--clip", "1-2,3-4"], "--chapters"],
    [["--clip", "0-5,4-6"], "--clip"],
    [["--sponsorblock", "all"], "--sponsorblock"],
    [["--mark-segments", "all"], "--mark-segments"],
    [["--thumbnail", "big"], "--thumbnail"],
    [["--thumbnail-format", "png"], "--thumbnail-format"],
    [["--name", "{uploader}"], "--name"],
    [["--subs", ","], "--subs"],
    [["--bitrate", "192"], "--bitrate"],
    [["--vbr", "0"], "--vbr"],
    [["--audio", "opus", "--vbr", "0"], "--vbr"],
    [["--audio", "mp3", "--audio-lang", "all"], "--audio-lang"],
    [["--transcript", "--audio-lang", "de"], "--audio-lang"],
    [["--variants", "sharp"], "--variants"],
    [["--audio", "mp3", "--variants", "upscaled"], "--variants"],
    [["--transcript", "--variants", "drc"], "--variants"],
    [["--exact"], "--exact"],
    [["--audio", "mp3", "--transcript"], "--audio"],
    [["--audio", "mp3", "--quality", "720p"], "--quality"],
    [["--transcript", "--container", "mkv"], "--container"],
  ])("%j is refused by the option's own name, not by a field of the API", (args, option) => {
    const message = refusal(args);
    expect(message).toStartWith(`${option}: `);
    expect(message).not.toMatch(/output\.|subtitles\.|startSeconds|sponsorBlock|`split`/);
  });

  test.each<readonly [args: readonly string[], message: string]>([
    [["--container", "avi"], "--container: expected one of mp4, mkv, webm"],
    [["--max-fps", "0"], "--max-fps: expected at least 1"],
    [["--audio", "mp3", "--bitrate", "9999"], "--bitrate: expected at most 512"],
    [["--clip", "2:00-1:00"], "--clip: it must end after its beginning"],
  ])("%j are refused in the words of a person", (args, message) => {
    expect(refusal(args)).toBe(message);
  });
});
