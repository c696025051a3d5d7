import { z } from "zod";

const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);

const Cause = z.object({ type: z.string(), status: number, errno: number });
/** One exception of the chain that yt-dlp raised. */
export type Cause = z.infer<typeof Cause>;

/** How far the fetch of one stream is, as yt-dlp's progress hook says it; what yt-dlp does not know is null. */
const StreamProgress = z.object({
  status: text,
  downloaded_bytes: number,
  total_bytes: number,
  total_bytes_estimate: number,
  speed: number,
  fragment_index: number,
  fragment_count: number,
  /** How much of a live stream has been recorded. */
  recorded_seconds: number,
});
export type StreamProgress = z.infer<typeof StreamProgress>;

const Progress = z.object({ t: z.literal("progress"), format: text, p: StreamProgress });
const File = z.object({ t: z.literal("file"), format: text, path: text });
const Message = z.object({
  t: z.enum(["error", "warning"]),
  message: z.string(),
  /** The exception and its causes, outermost first; empty where they are not known. */
  causes: z.array(Cause),
});

/** What a fetch reports: the progress of a stream, or that a file is complete. */
export type FetchLine = z.infer<typeof Progress> | z.infer<typeof File>;

const HookLine = z.discriminatedUnion("t", [Progress, File, Message]);

/** Reads a line that our hooks in yt-dlp reported or our output templates printed. Null: another line, or an incomplete one. */
export function readHookLine(line: string): z.infer<typeof HookLine> | null {
  try {
    return HookLine.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
