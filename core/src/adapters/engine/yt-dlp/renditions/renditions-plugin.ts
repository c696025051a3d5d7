import { pluginBeside } from "../plugin.ts";

/** The plugin with which yt-dlp knows the sound that an HLS stream means to be played. */
export const renditionsPlugin = pluginBeside(import.meta.url, "vidferry_renditions");
