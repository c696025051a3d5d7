import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diskError } from "../../system/disk-error.ts";

/** The programs behind the wrappers: names on PATH or absolute paths. */
export interface Programs {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** Demuxers of real media, pictures and subtitles. What refers to other files (HLS, DASH, concat …) is not among them. */
const mediaFormats = [
  "mov,matroska,webm,mp3,aac,ac3,eac3,ogg,flac,wav,w64,aiff,caf,mpegts,mpeg,flv,avi,asf",
  "webvtt,srt,ass,ffmetadata,png_pipe,jpeg_pipe,webp_pipe,image2",
].join();

const fileRules = `-protocol_whitelist file,pipe -format_whitelist ${mediaFormats}`;
const listRules = `-protocol_whitelist file,pipe -format_whitelist ${mediaFormats},concat`;
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/*
 * The last command of a wrapper: the program, in a network namespace without interfaces where the system allows one. An
 * unprivileged user needs a user namespace for that, which containers often forbid; then only the input rules apply.
 */
const start = (program: string, args: string) => `
for isolated in '--net' '--net --map-current-user'; do
  unshare $isolated true 2>/dev/null && exec unshare $isolated -- ${quoted(program)} ${args}
done
exec ${quoted(program)} ${args}
`;

/*
 * Each argument is taken from the front of the list and put back at its end, with the rules before each `-i`; no argument is
 * ever split or joined, so spaces, quotes and newlines in names are safe. A list for the concat demuxer is only read
 * when the caller asked for that demuxer by name. The rules would refuse a URL too, but with a less clear message.
 */
const ffmpegScript = (program: string) => `#!/bin/sh
left=$# format= previous=
while [ "$left" -gt 0 ]; do
  argument=$1
  shift
  left=$((left - 1))
  [ "$previous" = -f ] && format=$argument
  if [ "$argument" = -i ] && [ "$left" -gt 0 ]; then
    case $1 in
      *://*)
        echo 'FFmpeg may not open the network' >&2
        exit 1 ;;
    esac
    if [ "$format" = concat ]; then
      set -- "$@" ${listRules}
    else
      set -- "$@" ${fileRules}
    fi
    format=
  fi
  set -- "$@" "$argument"
  previous=$argument
done
${start(program, '-nostdin "$@"')}`;

/* ffprobe has one input, with or without `-i`, so the rules stand before everything; a lone option is a query such as `-bsfs`. */
const ffprobeScript = (program: string) => `#!/bin/sh
case "$#$1" in
  1-*) exec ${quoted(program)} "$@" ;;
esac
${start(program, `${fileRules} "$@"`)}`;

/**
 * Puts wrappers named `ffmpeg` and `ffprobe` into a private folder (created when missing, mode 0700). They run the real
 * programs so that only local media files are accepted as inputs: a playlist that pretends to be a video and lists
 * other files of this machine is refused. Nothing is read from the network: yt-dlp fetches, FFmpeg works on files.
 * Give the folder to yt-dlp as `--ffmpeg-location`; our own calls go through it too.
 * @throws AppError `disk_full`, or `storage_error` when the folder cannot be written.
 */
export function installWrappers(dir: string, programs: Programs): Programs {
  try {
    writeScripts(dir, programs);
  } catch (error) {
    throw diskError(error, "Writing into the work folder", {
      full: "disk_full",
      hint: "Check WORK_DIR: it must be a folder on a disk that this user can write to.",
    });
  }
  return { ffmpeg: join(dir, "ffmpeg"), ffprobe: join(dir, "ffprobe") };
}

function writeScripts(dir: string, programs: Programs): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const scripts = { ffmpeg: ffmpegScript(programs.ffmpeg), ffprobe: ffprobeScript(programs.ffprobe) };
  for (const [name, script] of Object.entries(scripts)) {
    // Written beside and moved: another process may be running the old one, or starting with the same folder.
    const draft = join(dir, `${name}.${crypto.randomUUID()}`);
    writeFileSync(draft, script, { mode: 0o700 });
    renameSync(draft, join(dir, name));
  }
}
