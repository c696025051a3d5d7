import { pluginBeside } from "../plugin.ts";

/** The plugin with which yt-dlp says what a DASH stream of several periods consists of. */
export const periodsPlugin = pluginBeside(import.meta.url, "vidferry_periods");
