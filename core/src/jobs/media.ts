import { z } from "zod";

export const Chapter = z
  .object({ title: z.string(), startSeconds: z.number(), endSeconds: z.number() })
  .meta({ id: "Chapter" });
export type Chapter = z.infer<typeof Chapter>;

/** What the source says about the video; not verified. */
export const Media = z
  .object({
    extractor: z.string().describe("yt-dlp's name of the site, lower case, for example `youtube`."),
    id: z.string(),
    title: z.string(),
    channel: z.string().nullable(),
    durationSeconds: z.number().nullable(),
    webpageUrl: z.string(),
    thumbnailUrl: z.string().nullable(),
    uploadedAt: z.string().nullable().describe("ISO 8601, as precise as the source says."),
    isLive: z.boolean(),
    chapters: z.array(Chapter),
  })
  .meta({ id: "Media" });
export type Media = z.infer<typeof Media>;
