import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../errors/app-error.ts";
import { parseSourceUrl } from "../../job/source-url.ts";
import type { Probe } from "../../ports/downloader.ts";
import { inspectArgs, urlArgs } from "./command-line.ts";
import { probeOf } from "./describe.ts";
import type { Engine } from "./engine.ts";
import { formatChoice } from "./format-choice.ts";
import { inspectInto } from "./info-file.ts";
import { defaultResolveTimeoutMs, type YtDlpOptions } from "./options.ts";

const defaultEntries = 100;

/** Looks at a link, in a folder that goes away afterwards. Lists are read flat: none of their videos is looked at. */
export async function probeLink(
  engine: Engine,
  options: YtDlpOptions,
  url: string,
  { signal, limit = defaultEntries }: { readonly signal: AbortSignal; readonly limit?: number },
): Promise<Probe> {
  const source = parseSourceUrl(url, options.hostPolicy);
  const list = ["--flat-playlist", "--playlist-items", `1:${Math.max(1, Math.floor(limit))}`];
  const home = await mkdtemp(join(tmpdir(), "vidferry-probe-"));
  try {
    const info = await inspectInto(join(home, "info.json"), engine, {
      args: [
        ...inspectArgs(source),
        source.kind === "video" ? "--no-playlist" : "--yes-playlist",
        ...["--format", formatChoice({ type: "transcript" }).filter],
        ...list,
        ...urlArgs(source),
      ],
      home,
      signal,
      deadlineMs: options.limits?.resolveTimeoutMs ?? defaultResolveTimeoutMs,
    });
    const probe = probeOf(info, source.url);
    if (probe.kind === "playlist" && probe.entries.length === 0) throw new AppError("playlist_empty");
    return probe;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
