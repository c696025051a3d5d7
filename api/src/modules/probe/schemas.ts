import { z } from "@hono/zod-openapi";
import { BatchMatch, errorCodeNames, Media, maxUrlLength } from "@vidferry/core";

export const ProbeRequest = z
  .strictObject({
    url: z.string().trim().min(1).max(maxUrlLength, `at most ${maxUrlLength} characters`),
    limit: z.int().min(1).max(1000).default(100).describe("Of a list at most so many entries."),
    cursor: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("`nextCursor` of the page before; absent: from the first entry."),
    egress: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        "Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.",
      ),
    reuse: z
      .enum(["auto", "never"])
      .optional()
      .describe(
        "`auto`, the default: what was found at the link within the last minutes is told again. `never` asks the source.",
      ),
    match: BatchMatch.optional(),
    order: z
      .enum(["source", "reverse"])
      .optional()
      .describe("`reverse` shows a list from its end, for which all of it is read: up to 5,000 entries."),
  })
  .meta({ id: "ProbeRequest" });

const ProbedFormat = z
  .object({
    id: z.string(),
    container: z.string(),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    width: z.number().nullable(),
    height: z.number().nullable(),
    fps: z.number().nullable(),
    hdr: z.boolean(),
    bitrateKbps: z.number().nullable(),
    bytes: z.number().nullable().describe("Size, often an estimate."),
    language: z.string().nullable(),
  })
  .meta({ id: "ProbedFormat", description: "One form in which the source offers the media." });

const ProbedSubtitles = z
  .object({ language: z.string(), name: z.string().nullable(), automatic: z.boolean() })
  .meta({ id: "ProbedSubtitles" });

const PlaylistEntry = z
  .object({
    kind: z.enum(["video", "playlist"]).describe("`playlist`: a list again, as on the page of a channel's playlists."),
    id: z.string(),
    url: z.string(),
    title: z.string().nullable(),
    durationSeconds: z.number().nullable(),
    uploadedAt: z.string().nullable().describe("About when it was published, if the list says."),
    unavailable: z
      .enum(errorCodeNames)
      .nullable()
      .describe("Why it cannot be had, as far as the list says, for example `video_private`."),
  })
  .meta({ id: "PlaylistEntry" });

const ProbedVideo = z
  .object({
    kind: z.literal("video"),
    media: Media,
    formats: z.array(ProbedFormat),
    subtitles: z.array(ProbedSubtitles),
    listUrl: z
      .string()
      .nullable()
      .describe("The list that the link names besides the video; look at it for its entries."),
  })
  .meta({ id: "ProbedVideo" });

const ProbedPlaylist = z
  .object({
    kind: z.literal("playlist"),
    id: z.string(),
    title: z.string().nullable(),
    channel: z.string().nullable(),
    webpageUrl: z.string(),
    count: z.int().nullable().describe("How many there are in all, if the source says."),
    entries: z.array(PlaylistEntry),
    nextCursor: z
      .string()
      .nullable()
      .describe("Gives the entries after these; null: there are no more. Pages shift when the list changes."),
  })
  .meta({ id: "ProbedPlaylist" });

export const ProbeResult = z
  .discriminatedUnion("kind", [ProbedVideo, ProbedPlaylist])
  .meta({ id: "Probe", description: "What can be had of a link." });
/** The result of a probe, as clients see it. */
export type ProbeResult = z.infer<typeof ProbeResult>;
