import { AudioFormat, sampleRatesOf } from "./request-values.ts";

/** Part of a JSON Schema. */
type Fragment = Readonly<Record<string, unknown>>;

/** Matches when the field is present and matches the schema. */
const has = (name: string, schema: Fragment = {}): Fragment => ({ properties: { [name]: schema }, required: [name] });
const all = (...parts: readonly Fragment[]): Fragment => ({ allOf: parts });

const isTranscript = has("output", has("type", { const: "transcript" }));
const isAudio = has("output", has("type", { const: "audio" }));
const formats = AudioFormat.options;
/** Without a format it is `best`. */
const isOf = (format: AudioFormat): Fragment =>
  all(
    has("type", { const: "audio" }),
    format === "best"
      ? { anyOf: [{ not: has("format") }, has("format", { const: format })] }
      : has("format", { const: format }),
  );
/** None of these values; an empty `enum` is none in JSON Schema. */
const noneOf = (values: readonly number[]): Fragment => (values.length === 0 ? {} : { not: { enum: values } });
const splits = has("chapters", { const: "split" });
const some: Fragment = { minItems: 1 };
const usesSegments = has("sponsorBlock", {
  anyOf: [
    { type: "array", items: {}, ...some },
    { type: "object", anyOf: [has("remove", some), has("mark", some)] },
  ],
});
const clips = has("clip");
const burnsSubtitles = has("subtitles", has("burnIn", { not: { const: false } }));
const embedsSubtitles = has("subtitles", has("embed", { const: true }));

/**
 * Combinations of valid fields that are refused, as JSON Schema for the OpenAPI document: the same rules as the refinements of
 * the request schema, which have readable messages. A test compares the two.
 */
export const refusedTogether: readonly Fragment[] = [
  all(isTranscript, clips),
  all(isTranscript, usesSegments),
  all(isTranscript, splits),
  all(isTranscript, embedsSubtitles),
  all(isTranscript, burnsSubtitles),
  all(isAudio, embedsSubtitles),
  all(isAudio, burnsSubtitles),
  all(splits, has("clip", { type: "array", items: {} })),
  all(has("thumbnailFormat"), { not: has("thumbnail", { const: "file" }) }),
  has("output", all(has("container", { const: "webm" }), has("codec", { const: "h264" }))),
  all(isAudio, has("output", has("audioLanguage", { const: "all" }))),
  // Without a format it is `best`, which keeps the source's own audio.
  has("output", all(has("type", { const: "audio" }), has("bitrateKbps"), { not: has("format") })),
  has("output", all(has("bitrateKbps"), has("format", { enum: ["flac", "wav", "best"] }))),
  has("output", all(has("type", { const: "audio" }), has("vbrQuality"), { not: has("format", { const: "mp3" }) })),
  has("output", all(has("type", { const: "audio" }), has("vbrQuality"), has("bitrateKbps"))),
  ...formats.map((format) => has("output", all(isOf(format), has("sampleRateHz", noneOf(sampleRatesOf[format]))))),
  has("output", all(isOf("best"), has("channels", { enum: ["mono", "stereo"] }))),
];
