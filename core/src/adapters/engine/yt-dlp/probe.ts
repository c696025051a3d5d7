import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EgressLease } from "../../../egress/egresses.ts";
import { AppError } from "../../../errors/app-error.ts";
import type { Probe, ProbeOptions } from "../../../pipeline/downloader.ts";
import { parseSourceUrl } from "../../../sources/source-url.ts";
import { admitPage } from "./admission.ts";
import { playerClients } from "./clients/player-clients.ts";
import { inspectArgs, urlArgs } from "./command-line.ts";
import { probeOf } from "./describe.ts";
import type { Engine } from "./engine.ts";
import { anything } from "./format-choice.ts";
import { inspectInto } from "./info-file.ts";
import { onDisk } from "./on-disk.ts";
import { defaultResolveTimeoutMs, type YtDlpOptions } from "./options.ts";
import type { ProbeFolders } from "./probe-folders.ts";
import { readInfo } from "./reading/read.ts";
import type { SharedLooks } from "./shared-looks.ts";

const defaultEntries = 100;
/** YouTube's lists say how long ago each video was published, and no date. */
const approximateDates = ["--extractor-args", "youtubetab:approximate_date"];

/**
 * Looks at a link, in a folder that goes away afterwards. Lists are read flat: none of their videos is looked at. One
 * entry more than wanted is asked for, because most sites do not say how many there are.
 */
export async function probeLink(
  { engine, folders, looks }: { readonly engine: Engine; readonly folders: ProbeFolders; readonly looks: SharedLooks },
  options: YtDlpOptions,
  url: string,
  { egress, signal, limit = defaultEntries, cursor, offset, reuse }: ProbeOptions & { readonly egress: EgressLease },
): Promise<Probe> {
  const source = parseSourceUrl(url, options.hostPolicy);
  const page = { offset: offset ?? offsetOf(cursor), limit: Math.max(1, Math.floor(limit)) };
  const list = [
    "--flat-playlist",
    ...approximateDates,
    "--playlist-items",
    `${page.offset + 1}:${page.offset + page.limit + 1}`,
  ];
  const usesPlayers = source.site === "youtube" && source.kind === "video";
  const players = playerClients(options.playerClients ?? [], options.logger);
  const home = await folders.open();
  try {
    const file = join(home, "info.json");
    const isShared = source.kind === "video" && reuse !== "never";
    const { info } = await looks.take(
      { egress, link: source.url, purpose: "probe", isShared, signal },
      {
        load: async (text) => {
          await onDisk(writeFile(file, text, { mode: 0o600 }));
          return await readInfo(file, signal);
        },
        ask: async () => {
          const look = (own: readonly string[]) =>
            inspectInto(file, engine, {
              args: [
                ...own,
                ...inspectArgs(source),
                source.kind === "video" ? "--no-playlist" : "--yes-playlist",
                ...["--format", anything],
                ...list,
                ...urlArgs(source),
              ],
              home,
              egress,
              usesPlayers,
              signal,
              deadlineMs: options.limits?.resolveTimeoutMs ?? defaultResolveTimeoutMs,
            });
          const found = await (usesPlayers ? players.look(home, look) : look([]));
          return { info: found, text: () => readFile(file, "utf8") };
        },
      },
    );
    admitPage(info, options.hostPolicy);
    const probe = probeOf(info, source, page);
    if (probe.kind === "playlist" && probe.entries.length === 0 && page.offset === 0) {
      throw new AppError("playlist_empty");
    }
    return probe;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  const message = "is not the `nextCursor` of an answer";
  throw new AppError("invalid_request", `cursor: ${message}`, { fields: [{ path: "/cursor", message }] });
}
