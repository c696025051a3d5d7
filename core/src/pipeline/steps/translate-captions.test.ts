import { describe, expect, test } from "bun:test";
import { createFakeEngine, createServiceFixture, roomyLimits, tempDir } from "@vidferry/testing";
import { localDiskBlobs } from "../../adapters/blobs/local-disk/index.ts";
import { systemClock } from "../../adapters/system/index.ts";
import type { AttemptDeps } from "../../dependencies.ts";
import { AppError } from "../../errors/app-error.ts";
import { Subtitles } from "../../jobs/request.ts";
import type { BlobStore } from "../../library/blob-store.ts";
import { runAttempt } from "../run-attempt.ts";
import type { Translator } from "../translator.ts";

const cues = Array.from({ length: 250 }, (_, index) => {
  return { startSeconds: index, endSeconds: index + 1, text: `line\n${index}` };
});
const request = {
  output: { type: "transcript" as const },
  subtitles: Subtitles.parse({ languages: ["en"], translateTo: ["fr"], translator: "libretranslate" }),
};
const options = (signal = new AbortController().signal) => {
  return { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal };
};

async function scene(
  translator: Translator | null,
  languages: readonly string[] = ["en"],
  overrides: Partial<AttemptDeps> = {},
) {
  const { downloader } = createFakeEngine();
  const subtitles = languages.map((language) => ({ language, automatic: false, cues }));
  const fixture = await createServiceFixture(
    {},
    {
      downloader: {
        ...downloader,
        resolve: async (...call) => ({ ...(await downloader.resolve(...call)), streams: [] }),
        fetchSubtitles: async () => ({ subtitles, warnings: [] }),
      },
      ...(translator === null ? {} : { translator }),
      ...overrides,
    },
  );
  const job = await fixture.submit(request);
  return {
    run: async (signal?: AbortSignal) => {
      await runAttempt(fixture.deps, await fixture.claim(job), options(signal));
      const done = await fixture.deps.database.jobs.get(job.id, null);
      return {
        state: done?.state,
        languages: done?.artifacts.map(({ language }) => language),
        warnings: done?.warnings.map(({ detail }) => detail),
      };
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

describe("translations by a translator", () => {
  test("are added to what was fetched, and one that is there is not made", async () => {
    const asked: string[] = [];
    const translator: Translator = {
      translate: async (texts, { from, to }) => {
        asked.push(`${from} ${to} ${texts.length} ${texts[0]}`);
        return texts.map((text) => `fr ${text}`);
      },
    };
    await using made = await scene(translator);
    expect(await made.run()).toEqual({ state: "succeeded", languages: ["en", "fr"], warnings: [] });
    expect(asked).toEqual(["en fr 100 line 0", "en fr 100 line 100", "en fr 50 line 200"]);
    await using there = await scene(translator, ["en", "fr"]);
    expect(await there.run()).toMatchObject({ languages: ["en", "fr"] });
    expect(asked).toHaveLength(3);
  });

  test("that cannot be made are a warning", async () => {
    const translate = () => Promise.reject(new AppError("source_error", "the translator cannot be reached"));
    await using down = await scene({ translate });
    const detail = "No subtitles in fr: the translator cannot be reached.";
    expect(await down.run()).toEqual({ state: "succeeded", languages: ["en"], warnings: [detail] });
    await using none = await scene(null);
    expect((await none.run()).warnings).toEqual(["No subtitles in fr: no translator is set up (LIBRETRANSLATE_URL)."]);
  });

  test("that could not be made are tried again in the job's next attempt", async () => {
    let tries = 0;
    const translate: Translator["translate"] = async (texts) => {
      tries += 1;
      if (tries === 1) throw new AppError("source_error", "the translator answers 429");
      return texts;
    };
    await using dir = await tempDir();
    const blobs = localDiskBlobs({ directory: dir.path });
    let puts = 0;
    const failingOnce: BlobStore = {
      ...blobs,
      put: (...call) => {
        puts += 1;
        return puts === 1 ? Promise.reject(new AppError("storage_error")) : blobs.put(...call);
      },
    };
    let later = 0;
    const clock = { ...systemClock, now: () => new Date(Date.now() + later) };
    await using made = await scene({ translate }, ["en"], { blobs: failingOnce, clock });
    expect(await made.run()).toMatchObject({ state: "queued" });
    later = 600_000;
    expect(await made.run()).toEqual({ state: "succeeded", languages: ["en", "fr"], warnings: [] });
  });

  test("go on after an interruption where they were", async () => {
    const stop = new AbortController();
    const asked: (string | undefined)[] = [];
    const translate: Translator["translate"] = async ([...texts], { signal }) => {
      asked.push(texts[0]);
      if (asked.length === 2) stop.abort(new AppError("unavailable"));
      signal.throwIfAborted();
      return texts;
    };
    await using made = await scene({ translate });
    await made.run(stop.signal).catch(() => undefined);
    expect(await made.run()).toMatchObject({ state: "succeeded", languages: ["en", "fr"] });
    expect(asked).toEqual(["line 0", "line 100", "line 100", "line 200"]);
  });
});
