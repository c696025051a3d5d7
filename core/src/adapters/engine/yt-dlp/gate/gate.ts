import { delimiter, join } from "node:path";
import { tokenProviderAddress } from "../clients/token-provider.ts";
import type { YtDlpOptions } from "../options.ts";
import { pluginBeside, pluginEnvironment } from "../plugin.ts";

/** A proxy address where nothing listens, on a port that only root can open: used by everything that does not know the real proxy. */
export const deadEnd = "http://127.0.0.1:1";

/**
 * The gate: a plugin that lets yt-dlp connect to the proxy and to nothing else, and start nothing but FFmpeg and its
 * JavaScript runtime. A plugin, because that is what each build of yt-dlp can load.
 */
export const gatePlugin = pluginBeside(import.meta.url, "vidferry_gate");

/**
 * The environment that goes with it. Only the gate is told the proxy; the usual variables lead nowhere, so that neither
 * a yt-dlp that did not load the gate nor a program that it starts reaches anything.
 */
export function gateEnvironment(proxy: string, options: YtDlpOptions): Record<string, string> {
  const { ffmpegLocation, jsRuntime, tokenProviderUrl } = options;
  const programs = [
    ...["ffmpeg", "ffprobe"].map((name) => (ffmpegLocation === undefined ? name : join(ffmpegLocation, name))),
    // What yt-dlp looks for by itself.
    jsRuntime?.path ?? "deno",
  ];
  return {
    VIDFERRY_EGRESS: proxy,
    VIDFERRY_PROGRAMS: programs.join(delimiter),
    ...(tokenProviderUrl === undefined ? {} : { VIDFERRY_TOKENS: tokenProviderAddress(tokenProviderUrl) }),
    ...Object.fromEntries(["http", "https", "ftp", "ws", "wss", "all"].map((scheme) => [`${scheme}_proxy`, deadEnd])),
    ...pluginEnvironment,
  };
}
