import { expect, test } from "bun:test";
import Ajv from "ajv/dist/2020.js";
import fc from "fast-check";
import { refusedTogether } from "./refused-together.ts";
import { DownloadRequest } from "./request.ts";

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const requests = fc.record(
  {
    output: fc.oneof(
      fc.record(
        {
          type: fc.constant("video"),
          container: fc.constantFrom("mp4", "mkv", "webm"),
          codec: fc.constantFrom("any", "h264", "vp9"),
        },
        { requiredKeys: ["type"] },
      ),
      fc.record(
        {
          type: fc.constant("audio"),
          format: fc.constantFrom("best", "mp3", "flac", "wav"),
          bitrateKbps: fc.constant(128),
        },
        { requiredKeys: ["type"] },
      ),
      fc.constant({ type: "transcript" }),
    ),
    subtitles: maybe(
      fc.record({ embed: fc.boolean(), burnIn: fc.constantFrom(true, false, "en") }, { requiredKeys: [] }),
    ),
    clip: maybe(fc.constantFrom({ startSeconds: 1, endSeconds: 2 }, [{ startSeconds: 1, endSeconds: 2 }])),
    chapters: fc.constantFrom("keep", "split", "drop"),
    sponsorBlock: fc.oneof(
      fc.constantFrom([], ["sponsor"]),
      fc.record({ remove: fc.constantFrom([], ["intro"]), mark: fc.constantFrom([], ["intro"]) }, { requiredKeys: [] }),
    ),
    thumbnail: fc.constantFrom("none", "file", "embed"),
    thumbnailFormat: maybe(fc.constant("png")),
  },
  { requiredKeys: [] },
);

test("what the document says is refused together is what the service refuses", () => {
  const isDocumented = new Ajv({ strict: false }).compile({ not: { anyOf: refusedTogether } });
  const seen = { refused: 0, taken: 0 };
  fc.assert(
    fc.property(requests, (request) => {
      const sent = JSON.parse(JSON.stringify({ url: "https://youtu.be/jNQXAC9IVRw", ...request })) as unknown;
      const isTaken = DownloadRequest.safeParse(sent).success;
      seen[isTaken ? "taken" : "refused"] += 1;
      expect(isDocumented(sent)).toBe(isTaken);
    }),
    { numRuns: 2_000 },
  );
  // Both sides were tried, or the test would prove nothing.
  expect(Math.min(seen.refused, seen.taken)).toBeGreaterThan(100);
});
