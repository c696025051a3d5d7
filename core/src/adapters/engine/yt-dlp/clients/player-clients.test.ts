import { describe, expect, test } from "bun:test";
import { createRecordingLogger, tempDir } from "@vidferry/testing";
import { AppError } from "../../../../errors/app-error.ts";
import type { ErrorCode } from "../../../../errors/codes.ts";
import { playerClients } from "./player-clients.ts";

/** What is asked for, one look after the other, while each is refused with the next of these codes; null: it is not. */
async function looks(fallbacks: readonly string[], codes: readonly (ErrorCode | null)[], skips = 0) {
  await using dir = await tempDir("vidferry-players-");
  const players = playerClients(fallbacks, createRecordingLogger());
  for (let skip = 0; skip < skips; skip += 1) await players.next(dir.path);
  const asked: string[] = [];
  const outcome = await players
    .look(dir.path, async (args) => {
      asked.push(args.join(" "));
      const code = codes[asked.length - 1];
      if (code != null) throw new AppError(code);
      return "found";
    })
    .catch((error: AppError) => error.code);
  return { asked: asked.map((args) => args.replace("--extractor-args youtube:player_client=", "")), outcome };
}

describe("the players that yt-dlp passes for", () => {
  test("are its own choice where that is not refused", async () => {
    expect(await looks(["tv", "mweb"], [null])).toEqual({ asked: [""], outcome: "found" });
  });

  test("are the next ones after a bot check, to the last of them", async () => {
    expect(await looks(["tv", "mweb"], ["bot_check", null])).toEqual({ asked: ["", "tv"], outcome: "found" });
    const refused = Array.from({ length: 9 }, () => "bot_check" as const);
    expect(await looks(["tv", "mweb"], refused)).toEqual({ asked: ["", "tv", "mweb"], outcome: "bot_check" });
  });

  test("do not change where others would be refused too", async () => {
    for (const code of ["rate_limited", "video_private", "age_restricted", "network_error"] as const)
      expect(await looks(["tv"], [code])).toEqual({ asked: [""], outcome: code });
  });

  test("are the next ones after what they found could not be fetched, and its own choice again after the last", async () => {
    expect((await looks(["tv", "mweb"], [null], 1)).asked).toEqual(["tv"]);
    expect((await looks(["tv", "mweb"], [null], 3)).asked).toEqual([""]);
    expect((await looks([], [null], 3)).asked).toEqual([""]);
  });
});
