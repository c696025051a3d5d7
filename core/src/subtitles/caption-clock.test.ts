import { expect, test } from "bun:test";
import { onMediaTime } from "./caption-clock.ts";

const cue = (startSeconds: number, text = "a") => ({ startSeconds, endSeconds: startSeconds + 1, text });
const media = { clockStartSeconds: 10, durationSeconds: 30 };

test.each([
  ["they have no clock", undefined, 7],
  ["they count from the start of the media", { localSeconds: 0, streamSeconds: 10 }, 7],
  ["they count from another time", { localSeconds: 3_600, streamSeconds: 10 }, 3_607],
  ["they count from another moment of the stream", { localSeconds: 0, streamSeconds: 12 }, 5],
  ["the clock of the stream has begun anew", { localSeconds: 0, streamSeconds: 12 + 2 ** 33 / 90_000 }, 5],
  ["the clock of the stream is none of theirs", { localSeconds: 0, streamSeconds: 500 }, 7],
])("captions are shown with their media where %s", (_, clock, startSeconds) => {
  const [shown] = onMediaTime([cue(startSeconds)], clock, media);
  expect(shown?.startSeconds).toBeCloseTo(7, 6);
  expect(shown?.endSeconds).toBeCloseTo(8, 6);
});

test("without media only the times of the captions are moved, and their words with them", () => {
  const words = [{ startSeconds: 3_607, endSeconds: 3_608, text: "a" }];
  const clock = { localSeconds: 3_600, streamSeconds: 500 };
  expect(onMediaTime([{ ...cue(3_607), words }], clock, { durationSeconds: null })).toEqual([
    { ...cue(7), words: [{ startSeconds: 7, endSeconds: 8, text: "a" }] },
  ]);
});
