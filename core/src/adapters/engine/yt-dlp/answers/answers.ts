import { pluginBeside } from "../plugin.ts";

/** The plugin with which yt-dlp reads lists of segments as they are meant, and says whose answer it cannot read. */
export const answersPlugin = pluginBeside(import.meta.url, "vidferry_answers");
