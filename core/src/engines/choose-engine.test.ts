import { describe, expect, test } from "bun:test";
import { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import type { Downloader, FetchOptions, Resolution, ResolveOptions } from "../pipeline/downloader.ts";
import { chooseEngine } from "./choose-engine.ts";
import { type EngineChoice, firstChoice, useEngine } from "./engine-choice.ts";

/** Answers with its version, or fails with a code. */
function engine(version: string, code?: ErrorCode): Downloader {
  const answer = async () => {
    if (code !== undefined) throw new AppError(code, "No.");
    return { media: version } as never;
  };
  return {
    ...{
      probe: answer,
      resolve: answer,
      fetch: answer,
      record: answer,
      fetchSubtitles: answer,
      fetchThumbnail: answer,
    },
    forget: async () => undefined,
    version: async () => version,
    check: async () => [{ name: "yt-dlp", status: "ok", detail: version }],
  };
}

const folder = () => ({ path: "/work" }) as ResolveOptions["folder"];
const { signal } = new AbortController();
const resolveIn = (downloader: Downloader, place = folder()) =>
  downloader.resolve({} as never, { folder: place, signal } as ResolveOptions);
const tried = useEngine(firstChoice, "2026.11.20", 0.1);

function choosing(choice: EngineChoice, drawn: readonly number[], other: Downloader | null = engine("2026.11.20")) {
  const draws = [...drawn];
  return chooseEngine({
    configured: engine("2026.10.26"),
    ready: () => other,
    choice: () => choice,
    draw: () => draws.shift() ?? 1,
  });
}

describe("an attempt", () => {
  test("keeps the version that was drawn for it to its end, and says which", async () => {
    const downloader = choosing(tried, [0.05, 0.5]);
    const [one, other] = [folder(), folder()];
    expect([await downloader.version(one), await downloader.version(other)]).toEqual(["2026.11.20", "2026.10.26"]);
    expect(await resolveIn(downloader, one)).toEqual({ media: "2026.11.20" } as never);
    expect(await downloader.fetch({} as Resolution, { folder: one, signal } as FetchOptions)).toEqual({
      media: "2026.11.20",
    } as never);
    expect(await resolveIn(downloader, other)).toEqual({ media: "2026.10.26" } as never);
  });

  test("runs with the yt-dlp of the settings while the chosen one is not on this machine, and counts for that", async () => {
    const used = useEngine(firstChoice, "2026.11.20", 1);
    const downloader = choosing(used, [], null);
    expect(await resolveIn(downloader)).toEqual({ media: "2026.10.26" } as never);
    expect([...downloader.takeOutcomes()]).toEqual([[null, { succeeded: 1, failed: 0 }]]);
    expect((await downloader.check()).at(-1)).toMatchObject({ name: "engine", status: "warning" });
  });
});

describe("what is counted", () => {
  test("are runs that went well and those that an outgrown engine fails, once each", async () => {
    for (const [code, failed] of [
      ["source_error", 1],
      ["format_unavailable", 1],
      ["tool_missing", 1],
      ["video_private", 0],
      ["bot_check", 0],
      ["rate_limited", 0],
    ] as const) {
      const downloader = choosing(tried, [0], engine("2026.11.20", code));
      await resolveIn(downloader).catch(() => undefined);
      const expected = failed === 0 ? [] : [["2026.11.20", { succeeded: 0, failed }]];
      expect([code, [...downloader.takeOutcomes()]]).toEqual([code, expected as never]);
      expect([...downloader.takeOutcomes()]).toEqual([]);
    }
  });
});

test("health says nothing until somebody has chosen, then what is used, tried and left", async () => {
  const details = async (choice: EngineChoice) =>
    (await choosing(choice, []).check()).filter(({ name }) => name === "engine").map(({ detail }) => detail);
  expect(await details(firstChoice)).toEqual([]);
  expect(await details(tried)).toEqual([
    "the yt-dlp of the settings is used, 2026.11.20 is tried on 10 % of the attempts",
  ]);
  expect(await details({ ...firstChoice, newest: "2026.10.26" })).toEqual([]);
  expect(await details({ ...firstChoice, newest: "2026.12.1" })).toEqual([
    "the yt-dlp of the settings is used; 2026.12.1 is out",
  ]);
  const left = { ...firstChoice, left: { version: "2026.11.20", reason: "5 of 10 runs failed, usual are 10 %" } };
  expect(await details(left)).toEqual([
    "the yt-dlp of the settings is used; 2026.11.20 was left: 5 of 10 runs failed, usual are 10 %",
  ]);
});
