import { pluginBeside } from "../plugin.ts";

/** The plugin with which yt-dlp records live streams, so that what it has survives its end. */
export const livePlugin = pluginBeside(import.meta.url, "vidferry_live");
