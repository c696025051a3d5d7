import type { Command } from "@commander-js/extra-typings";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/**
 * The options that say what is made of a video, of every command that downloads. The core is not imported for them: help and
 * completion must answer at once, and a test compares what they name with it.
 */
export const withRequestOptions = (command: Command) =>
  command
    .optionsGroup("Picture:")
    .option("--quality <Q>", "best, 4320p, 2160p, 1440p, 1080p (default), 720p, 480p, 360p, 240p, 144p, worst")
    .option("--container <C>", "mp4 (default), mkv, webm")
    .option("--codec <C>", "any (default), h264, vp9, av1")
    .option("--max-fps <N>", "at most N frames a second")
    .optionsGroup("Sound:")
    .option("--audio <FORMAT>", "audio only: best, mp3, m4a, opus, flac, wav")
    .option("--bitrate <KBPS>", "of that audio, for mp3, m4a and opus")
    .option("--vbr <N>", "of MP3: a variable bit rate, from 0 (best, V0) to 9")
    .option("--audio-lang <LANG>", "of several sound tracks: original (default), a language, all (of a video)")
    .option(
      "--variants <V>",
      "also what the site's machines made: upscaled pictures, drc (sound of compressed dynamics)",
    )
    .optionsGroup("Subtitles:")
    .option("--subs <LANGS>", "subtitles, for example en,de or original; as .srt files")
    .option("--subs-formats <F>", "their files: srt (default), vtt, txt, json, md")
    .option("--embed-subs", "also put them into the video")
    .option(
      "--translate-to <L>",
      "also translations of them, for example fr,es: by the source, or as --translator says",
    )
    .option("--translator <NAME>", "source (default), or libretranslate: the server of LIBRETRANSLATE_URL")
    .option(
      "--transcribe <MODE>",
      "captions that the server of TRANSCRIBER_URL makes of the sound: missing (where there are no others), always, never (default)",
    )
    .option("--burn-subs <LANG>", "draw those of this language into the picture, which takes long")
    .option("--transcript", "only the subtitles, as .srt, .vtt and plain text, or as --subs-formats says")
    .optionsGroup("Parts:")
    .option(
      "--clip <FROM-TO>",
      "only this part: 1:00-2:30, or 1:00- for the rest; several of them make a file each",
      collect,
    )
    .option("--exact", "cut at exactly these frames, by re-encoding, and not at key frames")
    .option("--chapters <MODE>", "keep (default), split, drop")
    .option("--sponsorblock <C>", "cut out these categories, for example sponsor,selfpromo")
    .option("--mark-segments <C>", "name these categories as chapters instead")
    .optionsGroup("Files:")
    .option("--thumbnail <MODE>", "none (default), file, embed")
    .option("--thumbnail-format <F>", "of --thumbnail file: jpg (default), png, webp")
    .option("--metadata", "write title, channel and date into the file")
    .option("--info-json", "also write what is known of the video as a JSON file")
    .option("--nfo", "also write it as an NFO file for Kodi, Jellyfin and other media servers")
    .option(
      "--name <TEMPLATE>",
      'how the files are named, for example "{channel}/{uploadDate} {title} [{id}]"; / makes folders. Fields: title, id, channel, extractor, uploadDate, uploadYear, uploadMonth, duration, chapter, chapterNumber',
    )
    .optionsGroup("Live:")
    .option("--live-max <S>", "record a stream that is on air, for at most so many seconds")
    .option("--live-from-start", "record it from the oldest that the source still has");

/** What those options were given. */
export type RequestFlags = ReturnType<ReturnType<typeof withRequestOptions>["opts"]>;
