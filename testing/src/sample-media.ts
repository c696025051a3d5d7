import type { MediaFile } from "@vidferry/core";

type MediaStream = MediaFile["streams"][number];

/** A stream as the transcoder reports it; nothing is known of it but what `rest` says. */
export function sampleStream(kind: MediaStream["kind"], codec: string, rest: Partial<MediaStream> = {}): MediaStream {
  return {
    kind,
    codec,
    profile: null,
    codecTag: null,
    width: null,
    height: null,
    fps: null,
    pixelFormat: kind === "video" ? "yuv420p" : null,
    isHdr: false,
    rotation: 0,
    hasBFrames: false,
    channels: kind === "audio" ? 2 : null,
    bitsPerSample: null,
    language: null,
    isDefault: true,
    attachedPicture: false,
    ...rest,
  };
}

/** A whole file of ten seconds with these streams, as the transcoder reports it. */
export function sampleFile(streams: readonly MediaStream[], rest: Partial<MediaFile> = {}): MediaFile {
  return {
    path: "/folder/in.mp4",
    bytes: 10,
    format: "mov,mp4,m4a,3gp,3g2,mj2",
    durationSeconds: 10,
    startSeconds: 0,
    isDiscontinuous: false,
    isIndexedAhead: true,
    chapterCount: 0,
    streams,
    ...rest,
  };
}
