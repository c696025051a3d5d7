export { chooseParts } from "./choose-parts.ts";
export { type TrimmedPlaylist, trimPlaylist } from "./trim-playlist.ts";
