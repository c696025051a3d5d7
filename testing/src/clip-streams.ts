import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { captionCues, captionDocument } from "./captions.ts";
import { clipSeconds } from "./clip-recipe.ts";

type FfmpegRun = (args: readonly string[]) => Promise<string>;

const segmentLength = ["-hls_time", "2", "-hls_playlist_type", "vod"];

/**
 * Packs the landscape clips as adaptive streams, without encoding anything again:
 * `hls/master.m3u8` (360p and 720p, separate audio, English and French subtitles), `hls/single.m3u8` (one rendition with sound) and
 * `dash/manifest.mpd` (360p and 720p with one audio track).
 */
export async function makeStreams(ffmpegRun: FfmpegRun, dir: string): Promise<void> {
  await mkdir(join(dir, "hls"), { recursive: true });
  await mkdir(join(dir, "dash"), { recursive: true });
  const [low, high, sound] = ["landscape/134.mp4", "landscape/136.mp4", "landscape/140.m4a"];
  const hls = async (name: string, inputs: readonly string[]) => {
    const sources = inputs.flatMap((input) => ["-i", input]);
    const files = ["-hls_segment_filename", `hls/${name}-%03d.ts`, `hls/${name}.m3u8`];
    await ffmpegRun([...sources, "-c", "copy", "-f", "hls", ...segmentLength, ...files]);
  };
  await hls("low", [low]);
  await hls("high", [high]);
  await hls("audio", [sound]);
  await hls("single", [low, sound]);
  for (const language of ["en", "fr"]) {
    await writeFile(join(dir, "hls", `subs-${language}.vtt`), captionDocument("vtt", captionCues(language), language));
    await writeFile(join(dir, "hls", `subs-${language}.m3u8`), subtitlePlaylist(`subs-${language}.vtt`));
  }
  await writeFile(join(dir, "hls", "master.m3u8"), masterPlaylist);

  const dashInputs = ["-i", low, "-i", high, "-i", sound].concat(["-map", "0", "-map", "1", "-map", "2", "-c", "copy"]);
  const sets = "id=0,streams=v id=1,streams=a";
  await ffmpegRun([...dashInputs, "-f", "dash", "-seg_duration", "2", "-adaptation_sets", sets, "dash/manifest.mpd"]);
}

const masterPlaylist = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,URI="subs-en.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="Français",LANGUAGE="fr",DEFAULT=NO,AUTOSELECT=YES,URI="subs-fr.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=640x360,FRAME-RATE=30,CODECS="avc1.42c01e,mp4a.40.2",AUDIO="sound",SUBTITLES="subs"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=1280x720,FRAME-RATE=30,CODECS="avc1.42c01f,mp4a.40.2",AUDIO="sound",SUBTITLES="subs"
high.m3u8
`;

function subtitlePlaylist(file: string): string {
  const seconds = clipSeconds.landscape;
  return `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:${seconds}
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:${seconds}.0,
${file}
#EXT-X-ENDLIST
`;
}
