import type { Source } from "../transfer/index.ts";
import type { Info, InfoPlace } from "./info.ts";

/** A chosen format that lies as a plain file at an address, so that yt-dlp is not needed to fetch it. */
export interface DirectSource extends Source {
  readonly formatId: string;
  readonly extension: string;
}

/** Names that a media file may end in; what else a site says is left to yt-dlp to refuse. */
const extensions = new Set("3gp aac flac flv m4a m4v mka mkv mov mp3 mp4 oga ogg ogv opus ts wav weba webm".split(" "));

/** Those of the chosen formats that can be fetched without yt-dlp. They hold signed links: a secret. */
export function directSources(info: Info): DirectSource[] {
  const chosen =
    info.requested_formats.length > 0
      ? info.requested_formats
      : info.format_id == null
        ? []
        : [{ ...info, format_id: info.format_id }];
  return chosen.flatMap((format) => {
    const { url, ext } = format;
    if (url == null || ext == null || !extensions.has(ext) || !isPlain(format)) return [];
    const chunkBytes = format.downloader_options?.http_chunk_size ?? null;
    return [
      {
        formatId: format.format_id,
        extension: ext,
        url,
        headers: format.http_headers ?? {},
        chunkBytes: chunkBytes !== null && chunkBytes > 0 ? chunkBytes : null,
      },
    ];
  });
}

/** Whether it takes no more than a GET, as any client would send it. */
function isPlain({ url, protocol, cookies, fragments, request_data, impersonate, http_headers }: InfoPlace): boolean {
  const special = cookies || fragments || request_data || impersonate;
  const { protocol: scheme, username } = URL.parse(url ?? "") ?? {};
  const names = Object.keys(http_headers ?? {}).map((name) => name.toLowerCase());
  return (
    !special &&
    (protocol === "http" || protocol === "https") &&
    (scheme === "http:" || scheme === "https:") &&
    username === "" &&
    !names.includes("range") &&
    !names.includes("cookie")
  );
}
