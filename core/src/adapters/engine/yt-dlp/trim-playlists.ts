import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import { type TrimmedPlaylist, trimPlaylist } from "../media-index/index.ts";
import type { SmallFileClient } from "../transfer/index.ts";
import { type PlaylistSource, playlistSources } from "./direct-sources.ts";
import type { Info } from "./info.ts";
import { onDisk } from "./on-disk.ts";
import type { WorkArea } from "./work-area.ts";

/** Hours of segments of two seconds, with long signed addresses. */
const mostPlaylistBytes = 8 << 20;

/** By format: when the first segment that is fetched begins, in seconds. */
export type Beginnings = Readonly<Record<string, number>>;

const Format = z.looseObject({ format_id: z.string() });
const SavedInfo = z.looseObject({ format_id: z.string().nullish(), formats: z.array(Format).nullish() });

/**
 * Leaves out of each HLS playlist what these ranges do not need: yt-dlp takes the shorter playlist from the info JSON. Best effort:
 * a playlist that cannot be had or shortened is fetched by yt-dlp as it is.
 */
export async function trimPlaylists(
  area: WorkArea,
  info: Info,
  ranges: readonly TimeRange[],
  { client, signal }: { readonly client: SmallFileClient; readonly signal: AbortSignal },
): Promise<Beginnings> {
  const trimmed = new Map<string, TrimmedPlaylist>();
  for (const source of playlistSources(info)) {
    const playlist = await readPlaylist(area, source, client).catch(() => null);
    signal.throwIfAborted();
    const shorter = playlist && trimPlaylist(playlist.text, playlist.url, ranges);
    if (shorter) trimmed.set(source.formatId, shorter);
  }
  if (trimmed.size > 0) await onDisk(saveInto(area.info, trimmed));
  return Object.fromEntries([...trimmed].map(([formatId, { beginsAtSeconds }]) => [formatId, beginsAtSeconds]));
}

async function readPlaylist(area: WorkArea, source: PlaylistSource, client: SmallFileClient) {
  const path = `${area.info}.m3u8`;
  try {
    await rm(path, { force: true });
    const { url } = await client.fetch(source, path, mostPlaylistBytes);
    return { url, text: await readFile(path, "utf8") };
  } finally {
    await rm(path, { force: true });
  }
}

/** `trimmed` is in the name of the file that yt-dlp makes: parts of the whole stream are not gone on with. */
async function saveInto(path: string, playlists: ReadonlyMap<string, TrimmedPlaylist>): Promise<void> {
  const info = SavedInfo.parse(JSON.parse(await readFile(path, "utf8")));
  const fieldsOf = (formatId: string | null | undefined) => {
    const playlist = playlists.get(formatId ?? "");
    return (
      playlist && { hls_media_playlist_data: playlist.text, trimmed: `from-${playlist.beginsAtSeconds.toFixed(3)}` }
    );
  };
  const formats = info.formats?.map((format) => ({ ...format, ...fieldsOf(format.format_id) }));
  const changed = { ...info, ...fieldsOf(info.format_id), ...(formats && { formats }) };
  await writeFile(`${path}.new`, JSON.stringify(changed), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
