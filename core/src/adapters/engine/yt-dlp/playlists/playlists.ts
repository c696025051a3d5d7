import { pluginBeside } from "../plugin.ts";

/** The plugin with which yt-dlp tells whole recordings from live streams, and refuses streams that it would garble. */
export const playlistsPlugin = pluginBeside(import.meta.url, "vidferry_playlists");
