import { describe, expect, test } from "bun:test";
import { readRequest } from "../../jobs/read-request.ts";
import type { Cut } from "../timeline/cut.ts";
import { makeRecipe } from "./recipe.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const media = {
  extractor: "youtube",
  id: "sample00001",
  title: "Title",
  channel: "Channel",
  durationSeconds: 100,
  webpageUrl: url,
  thumbnailUrl: null,
  uploadedAt: "2026-01-02",
  isLive: false,
  chapters: [{ title: "One", startSeconds: 0, endSeconds: 40 }],
};
const recipeOf = (request: object, cut: Cut) =>
  makeRecipe({
    request: readRequest({ url, ...request }),
    media,
    segments: [{ startSeconds: 10, endSeconds: 20, category: "sponsor" }],
    inputs: [],
    cut,
    subtitles: [],
    burnIn: null,
    cover: null,
    outputBase: "/folder/result",
  });

describe("the recipe of a result", () => {
  test("keeps what its cut keeps", () => {
    const kept = [{ startSeconds: 5, endSeconds: 12 }];
    expect(recipeOf({}, { kept, exact: false, part: null, durationSeconds: 100 })).toMatchObject({
      keep: kept,
      outputBase: "/folder/result",
    });
  });

  test("of a split video has the title and number of its chapter, in its tags", () => {
    const kept = [{ startSeconds: 40, endSeconds: 100 }];
    const cut = { kept, exact: true, part: { number: 2, title: "Two" }, durationSeconds: 100 };
    const recipe = recipeOf({ chapters: "split", metadata: { embed: true } }, cut);
    expect(recipe).toMatchObject({
      outputBase: "/folder/result-002",
      tags: { title: "Two", track: "2" },
      chapters: [],
      exact: true,
    });
  });

  test("of several clips has its number and the title of the video in its tags", () => {
    const cut = {
      kept: [{ startSeconds: 40, endSeconds: 100 }],
      exact: false,
      part: { number: 2, title: null },
      durationSeconds: 100,
    };
    const recipe = recipeOf({ metadata: { embed: true } }, cut);
    expect(recipe).toMatchObject({ outputBase: "/folder/result-002", tags: { title: "Title", track: "2" } });
  });

  test("marks the segments that are to be marked, in place of dropped chapters too, and no others", () => {
    const cut = { kept: null, exact: false, part: null, durationSeconds: 100 };
    const titles = (request: object) => recipeOf(request, cut).chapters.map(({ title }) => title);
    expect(titles({ sponsorBlock: { mark: ["sponsor"] } })).toEqual(["One", "sponsor", "One"]);
    expect(titles({ sponsorBlock: { mark: ["sponsor"] }, chapters: "drop" })).toEqual(["Title", "sponsor", "Title"]);
    expect(titles({ sponsorBlock: ["sponsor"] })).toEqual(["One"]);
  });

  test("writes neither dropped chapters nor tags that nobody asked for", () => {
    const cut = { kept: null, exact: false, part: null, durationSeconds: 100 };
    expect(recipeOf({ chapters: "drop" }, cut)).toMatchObject({ chapters: [], tags: null, keep: null });
  });
});
