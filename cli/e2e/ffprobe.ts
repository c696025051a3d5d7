import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findTools } from "@vidferry/testing";

/** What ffprobe says of a stream, with its own names. */
export interface ProbedStream {
  readonly codec_type: "video" | "audio" | "subtitle" | "data" | "attachment";
  readonly codec_name: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly avg_frame_rate?: string;
  readonly bit_rate?: string;
  readonly channels?: number;
  readonly sample_rate?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly disposition: Readonly<Record<string, number>>;
}

/** What ffprobe says of a file. */
export interface ProbedFile {
  readonly seconds: number;
  readonly formatName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly streams: readonly ProbedStream[];
  /** The first stream of each kind; a cover is not one. */
  readonly video: ProbedStream | undefined;
  readonly audio: ProbedStream | undefined;
  readonly chapters: readonly { readonly title: string; readonly start: number; readonly end: number }[];
}

interface Answer {
  readonly format: {
    readonly duration?: string;
    readonly format_name: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
  readonly streams: readonly ProbedStream[];
  readonly chapters: readonly {
    readonly start_time: string;
    readonly end_time: string;
    readonly tags?: { readonly title?: string };
  }[];
}

/** Asks ffprobe. @throws Error when it cannot read the file. */
export async function ffprobe(path: string): Promise<ProbedFile> {
  const args = ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", path];
  const { stdout } = await promisify(execFile)(findTools().ffprobe, args, { timeout: 60_000 });
  const answer = JSON.parse(stdout) as Answer;
  const first = (kind: ProbedStream["codec_type"]) =>
    answer.streams.find((stream) => stream.codec_type === kind && stream.disposition["attached_pic"] !== 1);
  return {
    seconds: Number(answer.format.duration),
    formatName: answer.format.format_name,
    tags: answer.format.tags ?? {},
    streams: answer.streams,
    video: first("video"),
    audio: first("audio"),
    chapters: answer.chapters.map(({ start_time, end_time, tags }) => ({
      title: tags?.title ?? "",
      start: Number(start_time),
      end: Number(end_time),
    })),
  };
}
