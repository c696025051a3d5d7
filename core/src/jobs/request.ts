import { z } from "zod";
import { maxTemplateLength, nameFields, templateFault, templatePattern } from "../library/name-template.ts";
import { WebhookUrl } from "../webhooks/webhook-url.ts";
import { refusedTogether } from "./refused-together.ts";
import { mostClips, overlappingClips, segmentWishes } from "./request-cuts.ts";
import {
  AudioChannels,
  AudioFormat,
  PictureFormat,
  Priority,
  Quality,
  SampleRate,
  SourceVariant,
  SponsorBlockCategory,
  SubtitleFormat,
  sampleRatesOf,
  Transcribe,
  VideoCodec,
  VideoContainer,
} from "./request-values.ts";

/** Longest URL that is accepted, in characters. */
export const maxUrlLength = 2048;

/** The length that RFC 5646 requires every implementation to accept. */
const maxLanguageLength = 35;
const soundLanguage = z
  .string()
  .max(maxLanguageLength, `at most ${maxLanguageLength} characters`)
  .regex(
    /^(original|all|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)$/,
    "a language such as `en` or `pt-BR`, `original`, or `all`",
  )
  .optional();

export const VideoOutput = z
  .strictObject({
    type: z.literal("video"),
    quality: Quality.default("1080p").describe("At most this high; the nearest that exists is taken."),
    container: VideoContainer.default("mp4"),
    codec: VideoCodec.default("any").describe("`any` takes what plays most widely in the container."),
    maxFps: z.int().min(1).max(240).optional().describe("Frames a second, at most."),
    hdr: z.boolean().default(false).describe("Take high dynamic range where there is one."),
    audioLanguage: soundLanguage.describe(
      "Of several sound tracks: `original` (the default), a language, or `all` as tracks of the file, the original first. What is missing is a warning, and the original is taken.",
    ),
    variants: z
      .array(SourceVariant)
      .max(2)
      .optional()
      .describe(
        "What the source's machines made of the video, where there is such: `upscaled` also allows pictures that were enlarged, `drc` prefers sound of compressed dynamics. Without a wish both are taken only where there is nothing else.",
      ),
  })
  .meta({ id: "VideoOutput" });

export const AudioOutput = z
  .strictObject({
    type: z.literal("audio"),
    format: AudioFormat.default("best").describe("`best` keeps the source's own audio without re-encoding."),
    bitrateKbps: z
      .int()
      .min(32)
      .max(512)
      .optional()
      .describe("For mp3, m4a and opus; default: 192 for mp3, else the source's."),
    vbrQuality: z
      .int()
      .min(0)
      .max(9)
      .optional()
      .describe("For mp3: a variable bit rate, from 0 (best, as `V0`) to 9, in place of `bitrateKbps`."),
    channels: AudioChannels.optional().describe("`source`, the default, keeps them; `mono` and `stereo` mix them."),
    sampleRateHz: SampleRate.optional().describe(
      "Samples a second; default: the source's. mp3 has at most 48000, m4a at most 96000, opus 8000, 12000, 16000, 24000 or 48000.",
    ),
    normalize: z.boolean().default(false).describe("Bring the loudness to -16 LUFS (EBU R128)."),
    audioLanguage: soundLanguage.describe(
      "Of several sound tracks: `original` (the default) or a language. What is missing is a warning, and the original is taken.",
    ),
    variants: z
      .array(SourceVariant.extract(["drc"]))
      .max(1)
      .optional()
      .describe("`drc` prefers sound whose dynamics the source has compressed, where there is such."),
  })
  .meta({ id: "AudioOutput" });

export const TranscriptOutput = z
  .strictObject({ type: z.literal("transcript") })
  .meta({ id: "TranscriptOutput", description: "Subtitles and their text only; no media is fetched." });

export const Output = z.discriminatedUnion("type", [VideoOutput, AudioOutput, TranscriptOutput]);
/** What to make of the source. */
export type Output = z.infer<typeof Output>;

const languageTag = z
  .string()
  .max(maxLanguageLength, `at most ${maxLanguageLength} characters`)
  .regex(
    /^(original|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*(-\*)?)$/,
    "a language such as `en`, `pt-BR`, `de-*`, or `original`",
  );

export const Subtitles = z
  .strictObject({
    languages: z
      .array(languageTag)
      .min(1)
      .max(20)
      .default(["original"])
      .describe("Languages, also as patterns (`de-*`); `original` is the language spoken in the video."),
    automatic: z.boolean().default(true).describe("Take automatic captions where there are no written ones."),
    translateTo: z.array(languageTag).max(5).default([]).describe("Machine translations into these languages."),
    translator: z
      .enum(["source", "libretranslate"])
      .optional()
      .describe(
        "Who translates: the source (default), or the operator's LibreTranslate server, which can translate every track.",
      ),
    formats: z
      .array(SubtitleFormat)
      .min(1)
      .max(10)
      .default(["srt"])
      .describe(
        "`txt` is running text; `md` has paragraphs whose times link into the video; `json` has segments, and words where the source times them, in seconds.",
      ),
    transcribe: Transcribe.default("never").describe(
      "Have the speech recognised by the operator's speech-to-text server: `missing` when none of these captions can be had, `always` besides them.",
    ),
    embed: z.boolean().default(false).describe("Also put them into the video file."),
    burnIn: z
      .union([z.boolean(), languageTag])
      .optional()
      .describe(
        "Draw them into the picture, which is encoded anew: those of this language, or with `true` those of the first language that there is.",
      ),
  })
  .meta({ id: "Subtitles" });
export type Subtitles = z.infer<typeof Subtitles>;

export const Clip = z
  .strictObject({
    startSeconds: z.number().min(0).max(1e6).default(0),
    endSeconds: z.number().positive().max(1e6).optional().describe("Where it ends; the end of the video by default."),
    exact: z.boolean().default(false).describe("Cut exactly there by re-encoding; otherwise at the nearest key frame."),
  })
  .refine(({ startSeconds, endSeconds }) => endSeconds === undefined || endSeconds > startSeconds, {
    path: ["endSeconds"],
    message: "must be greater than startSeconds",
  })
  .meta({ id: "Clip" });
export type Clip = z.infer<typeof Clip>;

const Clips = z
  .array(Clip)
  .min(1)
  .max(mostClips)
  .superRefine((clips, context) => {
    for (const { index, other } of overlappingClips(clips)) {
      const message = `overlaps clip ${other + 1}: begin it where that ends, or ask for it in a request of its own`;
      context.addIssue({ code: "custom", path: [index], message });
    }
  });

const categories = z.array(SponsorBlockCategory).max(8);
/** What to do with the segments that SponsorBlock's users have marked. */
export const SponsorBlock = z
  .strictObject({
    remove: categories.default([]).describe("Segments to cut out."),
    mark: categories.default([]).describe("Segments to name as chapters; those that are removed are not marked."),
  })
  .meta({ id: "SponsorBlock" });

/**
 * The schema version that new requests are stored with. A new field with a default needs the next one, so that requests of
 * earlier versions are read with the default, and a row of it as `fixtures/job-row-vN.json` for the test of stored rows.
 */
export const requestSchemaVersion = 3;

/** Labels of a job at most. */
export const mostLabels = 20;
const labelName = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9_.-]{1,63}$/, "a name of 1 to 63 letters, digits, `_`, `.` or `-`");
/** Labels of a job, or of all jobs of a batch. */
export const Labels = z
  .record(labelName, z.string().max(255))
  .refine((value) => Object.keys(value).length <= mostLabels, { message: `at most ${mostLabels} labels` })
  // Written by hand: the generated JSON Schema would omit both.
  .meta({
    maxProperties: mostLabels,
    propertyNames: { type: "string", maxLength: 63, pattern: "^[A-Za-z0-9_.-]{1,63}$" },
  });

const fileName = z
  .string()
  .min(1)
  .max(maxTemplateLength, `at most ${maxTemplateLength} characters`)
  .superRefine((template, context) => {
    const message = templateFault(template);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  // Written by hand: refinements are not in the generated JSON Schema.
  .meta({ pattern: templatePattern })
  .describe(
    "How the files are named, without extensions, for example `{channel}/{uploadDate} {title} [{id}]`; `/` separates folders. " +
      `Fields: ${Object.entries(nameFields)
        .map(([name, meaning]) => `\`{${name}}\` (${meaning})`)
        .join(", ")}. Default: the title.`,
  );

/** What a client may change of a job that exists. */
export const JobEdit = z
  .strictObject({
    labels: z
      .record(labelName, z.string().max(255).nullable())
      .refine((value) => Object.keys(value).length <= 2 * mostLabels, { message: `at most ${2 * mostLabels} names` })
      .meta({
        maxProperties: 2 * mostLabels,
        propertyNames: { type: "string", maxLength: 63, pattern: "^[A-Za-z0-9_.-]{1,63}$" },
      })
      .nullable()
      .optional()
      .describe(
        "Merged into the job's labels: a text sets one, null removes it. Null in place of the object removes all.",
      ),
    priority: Priority.optional().describe("While the job is `scheduled`, `queued` or `paused`."),
  })
  .meta({ id: "DownloadEdit" });
export type JobEdit = z.infer<typeof JobEdit>;

/** Times that clients send are before it: later ones some databases cannot compare with. */
export const endOfTime = Date.UTC(9999, 0);

/** A link as clients write it; see `parseSourceUrl`. */
export const sourceLink = z.string().trim().min(1).max(maxUrlLength, `at most ${maxUrlLength} characters`);

/** Everything but the link. */
const wishes = z.strictObject({
  output: Output.default({ type: "video", quality: "1080p", container: "mp4", codec: "any", hdr: false }),
  subtitles: Subtitles.optional(),
  clip: z
    .union([Clip, Clips])
    .optional()
    .describe("The part to keep; of a list of parts, which may not overlap, each becomes a file of its own."),
  chapters: z
    .enum(["keep", "split", "drop"])
    .default("keep")
    .describe("`split` makes a file of each chapter, as far as it lies in the clip and is not cut out."),
  sponsorBlock: z
    .union([categories, SponsorBlock])
    .default([])
    .describe("Segments that SponsorBlock knows: a list of those to cut out, or what to cut out and what to mark."),
  exactCuts: z
    .boolean()
    .default(false)
    .describe("Cut clips, chapters and segments exactly, by re-encoding; otherwise at the nearest key frame."),
  thumbnail: z.enum(["none", "file", "embed"]).default("none"),
  thumbnailFormat: PictureFormat.optional().describe("Of `thumbnail: file`; default: `jpg`."),
  metadata: z
    .strictObject({
      embed: z.boolean().default(false).describe("Write title, channel and date into the file."),
      infoJson: z.boolean().default(false).describe("Keep what is known of the video as a JSON file."),
      nfo: z
        .boolean()
        .optional()
        .describe("Also as an NFO file, which Kodi, Jellyfin and other media servers read; default: false."),
    })
    .default({ embed: false, infoJson: false }),
  live: z
    .strictObject({
      fromStart: z
        .boolean()
        .default(false)
        .describe("Begin with the oldest that the source still has, and not with what is on air now."),
      maxSeconds: z.int().min(1).max(604_800).optional().describe("Ends the recording; default: the operator's limit."),
    })
    .optional()
    .describe(
      "How a link is recorded that leads to a live stream, where the operator allows it. Any other link is downloaded as ever.",
    ),
  fileName: fileName.optional(),
  priority: Priority.default("normal"),
  scheduledFor: z.iso
    .datetime({ offset: true })
    // A fraction of a second may have any number of digits.
    .max(40)
    // Converted to UTC it may be in a year with five digits.
    .refine((text) => Date.parse(text) < endOfTime, "a time before the year 9999")
    .optional()
    .describe("Start at this time, not before."),
  maxAttempts: z.int().min(1).max(10).optional().describe("Tries before the job fails; default: the operator's."),
  labels: Labels.default({}),
  reuse: z
    .enum(["auto", "never"])
    .optional()
    .describe(
      "`auto`, the default: the files of an earlier job for the same result are taken where they are still kept, and one that is being made is waited for. `never` makes it anew.",
    ),
  egress: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.",
    ),
  webhookUrl: WebhookUrl.optional().describe(
    "Told of the end of this job besides the owner's webhooks; signed with the secret of `GET /webhooks/secret`.",
  ),
});

/** Refuses wishes that do not go together. */
function refuseContradictions(value: z.infer<typeof wishes>, context: z.RefinementCtx): void {
  const { remove, mark } = segmentWishes(value);
  const usesSegments = remove.length + mark.length > 0;
  const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  if (value.output.type === "transcript") {
    if (value.clip) refuse(["clip"], "does not go with a transcript");
    if (usesSegments) refuse(["sponsorBlock"], "does not go with a transcript");
    if (value.chapters === "split") refuse(["chapters"], "`split` does not go with a transcript");
  }
  if (value.thumbnailFormat !== undefined && value.thumbnail !== "file") {
    refuse(["thumbnailFormat"], "needs `thumbnail: file`");
  }
  if (value.subtitles?.embed && value.output.type !== "video") refuse(["subtitles", "embed"], "needs a video output");
  if ((value.subtitles?.burnIn ?? false) !== false && value.output.type !== "video") {
    refuse(["subtitles", "burnIn"], "needs a video output");
  }
  if (value.chapters === "split" && Array.isArray(value.clip)) {
    refuse(
      ["chapters"],
      "`split` does not go with a list of clips: ask for one clip, or for each in a request of its own",
    );
  }
  if (value.output.type === "video" && value.output.container === "webm" && value.output.codec === "h264") {
    refuse(["output", "codec"], "h264 does not go into webm: take mp4 or mkv");
  }
  if (value.output.type === "audio" && value.output.audioLanguage === "all") {
    refuse(["output", "audioLanguage"], "`all` needs a video output");
  }
  if (value.output.type === "audio") {
    const { format, bitrateKbps, vbrQuality, channels = "source", sampleRateHz } = value.output;
    const does = `does not go with format ${format}`;
    if (bitrateKbps !== undefined && (format === "flac" || format === "wav" || format === "best")) {
      refuse(["output", "bitrateKbps"], does);
    }
    if (vbrQuality !== undefined && format !== "mp3") refuse(["output", "vbrQuality"], does);
    if (vbrQuality !== undefined && bitrateKbps !== undefined) {
      refuse(["output", "vbrQuality"], "does not go with bitrateKbps");
    }
    if (channels !== "source" && format === "best") refuse(["output", "channels"], does);
    if (sampleRateHz !== undefined && !sampleRatesOf[format].some((rate) => rate === sampleRateHz)) {
      refuse(["output", "sampleRateHz"], does);
    }
  }
}

/** What a client may ask for. Unknown fields are refused by name. */
export const DownloadRequest = z
  .strictObject({ url: sourceLink, ...wishes.shape })
  .superRefine(refuseContradictions)
  .meta({ id: "DownloadRequest", not: { anyOf: [...refusedTogether] } });
/** What is asked for of every video of a batch: a request without its link. */
export const DownloadTemplate = wishes
  .superRefine(refuseContradictions)
  .meta({ id: "DownloadTemplate", not: { anyOf: [...refusedTogether] } });
export type DownloadTemplate = z.infer<typeof DownloadTemplate>;
/** An accepted request: defaults filled in. */
export type DownloadRequest = z.infer<typeof DownloadRequest>;
/** A request as a client writes it: only `url` is needed. */
export type DownloadRequestInput = z.input<typeof DownloadRequest>;
