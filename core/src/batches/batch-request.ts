import { z } from "zod";
import { DownloadTemplate, Labels, sourceLink } from "../jobs/request.ts";

/** Links that a batch may list. */
export const mostLinks = 1_000;
/** Videos that a batch may take of a collection. */
export const mostEntries = 5_000;
/** Characters of a title that is looked for, or of its pattern. */
const longestTitle = 200;

const seconds = z.number().min(0).max(1e6).optional();
const day = z.iso.date().max(10).optional();

export const BatchMatch = z
  .strictObject({
    title: z
      .string()
      .min(1)
      .max(longestTitle)
      .optional()
      .describe(
        "Only titles with this text in any case, or that the regular expression between slashes matches: `/^part [0-9]+/i`, in the syntax of RE2.",
      ),
    minDurationSeconds: seconds.describe("Only videos of at least this length."),
    maxDurationSeconds: seconds.describe("Only videos of at most this length."),
    after: day.describe("Only videos that were published on this day or later; lists tell it approximately."),
    before: day.describe("Only videos that were published before this day."),
  })
  .meta({ id: "BatchMatch", description: "All of it must hold. What a list does not tell of a video does not hold." });
export type BatchMatch = z.infer<typeof BatchMatch>;

export const BatchSource = z
  .strictObject({
    url: sourceLink.describe("A playlist, a channel, one of its tabs, or any other list."),
    limit: z
      .int()
      .min(1)
      .max(mostEntries)
      .optional()
      .describe(`At most so many videos. A list of more than ${mostEntries} needs it.`),
    order: z
      .enum(["source", "reverse"])
      .default("source")
      .describe("`reverse` begins with the last of the list, for which all of it is read first."),
    match: BatchMatch.optional(),
  })
  .meta({ id: "BatchSource" });
export type BatchSource = z.infer<typeof BatchSource>;

/** What a client may ask for: links, or one collection. */
export const BatchRequest = z
  .strictObject({
    urls: z.array(sourceLink).min(1).max(mostLinks, `at most ${mostLinks} links`).optional(),
    source: BatchSource.optional(),
    request: DownloadTemplate.prefault({}).describe("What is asked for of each video."),
    labels: Labels.default({}).describe("Of the batch, and of each of its jobs."),
  })
  .superRefine(({ urls, source }, context) => {
    if ((urls === undefined) === (source === undefined)) {
      context.addIssue({ code: "custom", path: [], message: "needs either `urls` or `source`" });
    }
  })
  .meta({ id: "BatchRequest", oneOf: [{ required: ["urls"] }, { required: ["source"] }] });
/** An accepted batch: defaults filled in. */
export type BatchRequest = z.infer<typeof BatchRequest>;
