export { chooseParts } from "./choose-parts.ts";
export { chooseSegments } from "./choose-segments.ts";
export { type Element, elementIn, elementsIn } from "./ebml.ts";
export { type Box, headOf } from "./mp4-boxes.ts";
export { packedAudioTime } from "./packed-audio.ts";
export { readPlaylist, writePlaylist } from "./playlist.ts";
export { type SegmentTimes, secondsBetween, segmentTimes } from "./segment-time.ts";
export type { ChosenSegments, Place, SegmentList } from "./segments.ts";
export { clockDistance, type PacketStart, packetBytes, packetStart, packetSync } from "./transport-time.ts";
