/** Part of a JSON Schema. */
type Fragment = Readonly<Record<string, unknown>>;

/** Matches when the field is present and matches the schema. */
const has = (name: string, schema: Fragment = {}): Fragment => ({ properties: { [name]: schema }, required: [name] });
const all = (...parts: readonly Fragment[]): Fragment => ({ allOf: parts });

const isTranscript = has("output", has("type", { const: "transcript" }));
const isAudio = has("output", has("type", { const: "audio" }));
const splits = has("chapters", { const: "split" });
const cutsSegments = has("sponsorBlock", { minItems: 1 });
const clips = has("clip");
const burnsSubtitles = has("subtitles", has("burnIn", { not: { const: false } }));
const embedsSubtitles = has("subtitles", has("embed", { const: true }));

/**
 * Combinations of valid fields that are refused, as JSON Schema for the OpenAPI document: the same rules as the refinements of
 * the request schema, which have readable messages. A test compares the two.
 */
export const refusedTogether: readonly Fragment[] = [
  all(isTranscript, clips),
  all(isTranscript, cutsSegments),
  all(isTranscript, splits),
  all(isTranscript, embedsSubtitles),
  all(isTranscript, burnsSubtitles),
  all(isAudio, embedsSubtitles),
  all(isAudio, burnsSubtitles),
  all(splits, clips),
  all(splits, cutsSegments),
  all(splits, embedsSubtitles),
  all(has("thumbnailFormat"), { not: has("thumbnail", { const: "file" }) }),
  has("output", all(has("container", { const: "webm" }), has("codec", { const: "h264" }))),
  // Without a format it is `best`, which keeps the source's own audio.
  has("output", all(has("type", { const: "audio" }), has("bitrateKbps"), { not: has("format") })),
  has("output", all(has("bitrateKbps"), has("format", { enum: ["flac", "wav", "best"] }))),
];
