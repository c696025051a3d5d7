import { z } from "zod";

const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);

const Cause = z.object({ type: z.string(), status: number, errno: number });
/** An exception of yt-dlp, or of what it is made of. */
export type Cause = z.infer<typeof Cause>;

/** The state of one stream under way; what yt-dlp does not know is absent. */
const ProgressRecord = z.object({
  status: text,
  downloaded_bytes: number,
  total_bytes: number,
  total_bytes_estimate: number,
  speed: number,
  fragment_index: number,
  fragment_count: number,
});
export type ProgressRecord = z.infer<typeof ProgressRecord>;

const Progress = z.object({ t: z.literal("progress"), format: text, p: ProgressRecord });
const File = z.object({ t: z.literal("file"), format: text, path: text });
const Message = z.object({
  t: z.enum(["error", "warning"]),
  message: z.string(),
  /** The exception and those that it was made of, outermost first; empty where that is not known. */
  causes: z.array(Cause),
});

/** What a fetch does: a stream goes on, or its file is complete. */
export type FetchRecord = z.infer<typeof Progress> | z.infer<typeof File>;

const AnyRecord = z.discriminatedUnion("t", [Progress, File, Message]);

/** Reads a line that yt-dlp has reported by its hooks, or printed by our templates; null: it is none, or it is cut off. */
export function readRecord(line: string): z.infer<typeof AnyRecord> | null {
  try {
    return AnyRecord.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
