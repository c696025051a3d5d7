import { pluginBeside } from "../plugin.ts";

/** The plugin with which yt-dlp continues a part of a file only while the source still has that very file. */
export const partsPlugin = pluginBeside(import.meta.url, "vidferry_parts");
