import { stat } from "node:fs/promises";
import type { FetchOptions, FetchProgress, WorkFolder } from "@vidferry/core";
import { DownloadRequest, type DownloadRequestInput } from "@vidferry/core";
import { eventually } from "../eventually.ts";
import type { BoundDownloader, Unleased } from "../through-egress.ts";
import type { TestKit } from "./test-kit.ts";

/** A downloader under test, with a work folder of its own. */
export interface DownloaderFixture extends AsyncDisposable {
  /** Through an egress that leads to the source. */
  readonly downloader: BoundDownloader;
  readonly folder: WorkFolder;
}

/** A real source: its content, and the requests that it received. A fake downloader has none. */
export interface DownloaderSource {
  /** Number of requests so far. */
  asked(): number;
  /** Running child processes of the downloader for this folder. */
  running(folder: WorkFolder): Promise<readonly string[]>;
  /** A link that fails permanently, and its error code. */
  readonly refused: { readonly url: string; readonly code: string };
  /** A playlist of more than two entries. */
  readonly playlistUrl: string;
  /** A video of one stream of a known size; its first fetch gets more than a megabyte, in a second or so, and then no more. */
  readonly haltingUrl: string;
}

/** What the {@link Downloader} suite needs. */
export interface DownloaderSuite extends TestKit {
  readonly name: string;
  /** An ordinary video with a thumbnail and without captions in Esperanto. */
  readonly url: string;
  /** Called after all `beforeAll`. */
  create(): Promise<DownloaderFixture>;
  /** Absent for a fake: the tests that need a real source are then left out. */
  readonly source?: () => DownloaderSource;
  /** A deadline for each test. Default: 60,000 ms. */
  readonly timeoutMs?: number;
}

const never = new AbortController().signal;
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => null).catch((error: unknown) => error);

/** Options of a fetch without observers. */
const fetchOptions = (folder: WorkFolder, rest: Partial<Unleased<FetchOptions>> = {}): Unleased<FetchOptions> => ({
  folder,
  signal: never,
  onProgress: () => undefined,
  maxBytes: null,
  stallMs: 30_000,
  ...rest,
});

/** What every `Downloader` must do. */
export function downloaderConformance(suite: DownloaderSuite): void {
  const { describe, test, expect, name, create, timeoutMs = 60_000 } = suite;
  const wanted = (rest: Partial<DownloadRequestInput> = {}) => DownloadRequest.parse({ url: suite.url, ...rest });

  describe(`downloader: ${name}`, () => {
    test(
      "probes a video",
      async () => {
        await using fixture = await create();
        const probe = await fixture.downloader.probe(suite.url, { signal: never });
        if (probe.kind !== "video") throw new Error(`the link is a ${probe.kind}`);
        expect(probe.media).toMatchObject({ id: expect.any(String), title: expect.any(String), isLive: false });
      },
      timeoutMs,
    );

    test(
      "resolves to plain JSON, and fetches what it resolved into the folder; progress never goes back",
      async () => {
        await using fixture = await create();
        const { downloader, folder } = fixture;
        const resolution = await downloader.resolve(wanted(), { folder, signal: never });
        expect(resolution.streams.length).toBeGreaterThan(0);
        // An attempt on the same host takes it out of a file.
        const kept = JSON.parse(JSON.stringify(resolution)) as typeof resolution;
        expect(kept).toEqual(resolution);

        const seen: FetchProgress[] = [];
        const fetched = await downloader.fetch(
          kept,
          fetchOptions(folder, { onProgress: (progress) => seen.push(progress) }),
        );
        expect(fetched.map(({ formatId }) => formatId)).toEqual(resolution.streams.map(({ formatId }) => formatId));
        for (const { path } of fetched) {
          expect(path.startsWith(`${folder.path}/`)).toBe(true);
          expect((await stat(path)).size).toBeGreaterThan(0);
        }
        for (const values of [
          seen.map(({ fraction }) => fraction ?? 0),
          seen.map(({ downloadedBytes }) => downloadedBytes),
        ]) {
          expect(values).toEqual([...values].sort((one, other) => one - other));
        }
        expect(seen.at(-1)?.fraction).toBe(1);
      },
      timeoutMs,
    );

    test(
      "asks the source once within a folder, and again when it is told to forget",
      async () => {
        await using fixture = await create();
        const { downloader, folder } = fixture;
        await downloader.forget(folder);
        const first = await downloader.resolve(wanted(), { folder, signal: never });
        const asked = suite.source?.().asked() ?? 0;
        expect(await downloader.resolve(wanted(), { folder, signal: never })).toEqual(first);
        expect(suite.source?.().asked() ?? 0).toBe(asked);
        await downloader.forget(folder);
        const anew = await downloader.resolve(wanted(), { folder, signal: never });
        expect(anew.streams).toEqual(first.streams);
        if (suite.source) expect(suite.source().asked()).toBeGreaterThan(asked);
      },
      timeoutMs,
    );

    test(
      "subtitles that are missing are no failure, and a thumbnail is a file in the folder or nothing",
      async () => {
        await using fixture = await create();
        const { downloader, folder } = fixture;
        const request = wanted({ output: { type: "transcript" }, subtitles: { languages: ["eo"], automatic: false } });
        const resolution = await downloader.resolve(request, { folder, signal: never });
        const found = await downloader.fetchSubtitles(request, resolution, { folder, signal: never });
        expect(found.subtitles).toEqual([]);
        if (suite.source) expect(found.warnings).toMatchObject([{ code: "subtitles_missing" }]);
        const picture = await downloader.fetchThumbnail(resolution, { folder, signal: never });
        if (suite.source) expect(picture).not.toBeNull();
        if (picture === null) return;
        expect(picture.startsWith(`${folder.path}/`)).toBe(true);
        expect((await stat(picture)).size).toBeGreaterThan(0);
      },
      timeoutMs,
    );

    test(
      "starts nothing for a signal that is aborted already, and gives its reason",
      async () => {
        await using fixture = await create();
        const { downloader, folder } = fixture;
        const resolution = await downloader.resolve(wanted(), { folder, signal: never });
        const asked = suite.source?.().asked();
        const reason = new Error("cancelled");
        const signal = AbortSignal.abort(reason);
        const calls = [
          downloader.probe(suite.url, { signal }),
          downloader.resolve(wanted({ output: { type: "audio" } }), { folder, signal }),
          downloader.fetch(resolution, fetchOptions(folder, { signal })),
          downloader.fetchSubtitles(wanted({ subtitles: { languages: ["en"] } }), resolution, { folder, signal }),
          downloader.fetchThumbnail(resolution, { folder, signal }),
        ];
        expect(await Promise.all(calls.map(caught))).toEqual(calls.map(() => reason));
        expect(suite.source?.().asked()).toBe(asked as number);
      },
      timeoutMs,
    );

    test(
      "knows its version, and says of each check what it found and what to do",
      async () => {
        await using fixture = await create();
        const version = await fixture.downloader.version();
        expect(version).toMatch(/\d/);
        expect(await fixture.downloader.version()).toBe(version);
        const checks = await fixture.downloader.check();
        expect(new Set(checks.map((check) => check.name)).size).toBe(checks.length);
        for (const { status, detail, fix } of checks) {
          expect(detail).not.toBe("");
          if (status !== "ok") expect(fix ?? "").not.toBe("");
        }
      },
      timeoutMs,
    );

    if (suite.source) sourceConformance({ ...suite, source: suite.source, timeoutMs });
  });
}

/** Behaviour that only a real source can show. */
function sourceConformance(suite: DownloaderSuite & Required<Pick<DownloaderSuite, "source" | "timeoutMs">>): void {
  const { test, expect, create, source, timeoutMs } = suite;
  // The kernel removes a killed process asynchronously.
  const gone = (folder: WorkFolder) =>
    eventually(async () => (await source().running(folder)).length === 0, { message: "the end of all processes" });
  const halting = () => DownloadRequest.parse({ url: source().haltingUrl });

  test(
    "lists a playlist flat, page by page to its end, and takes no foreign cursor",
    async () => {
      await using fixture = await create();
      const page = async (limit: number, cursor?: string) => {
        const probe = await fixture.downloader.probe(source().playlistUrl, { signal: never, limit, cursor });
        if (probe.kind !== "playlist") throw new Error(`the link is a ${probe.kind}`);
        return probe;
      };
      const all = await page(1_000);
      expect(all.nextCursor).toBeNull();
      for (const { url, id } of all.entries) expect(url).toContain(id);
      const first = await page(2);
      expect(first.entries).toEqual(all.entries.slice(0, 2));
      if (first.nextCursor === null) throw new Error("it has no second page");
      const rest = await page(1_000, first.nextCursor);
      expect(rest).toMatchObject({ entries: all.entries.slice(2), nextCursor: null });
      expect(await caught(page(2, "not-ours"))).toMatchObject({
        code: "invalid_request",
        fields: [{ path: "/cursor" }],
      });
    },
    timeoutMs,
  );

  test(
    "says why a link is refused, and leaves no process",
    async () => {
      await using fixture = await create();
      const { downloader, folder } = fixture;
      const { url, code } = source().refused;
      const request = DownloadRequest.parse({ url });
      expect(await caught(downloader.resolve(request, { folder, signal: never }))).toMatchObject({ code });
      await gone(folder);
    },
    timeoutMs,
  );

  test(
    "stops before more than the allowed bytes are fetched",
    async () => {
      await using fixture = await create();
      const { downloader, folder } = fixture;
      const resolution = await downloader.resolve(halting(), { folder, signal: never });
      const error = await caught(downloader.fetch(resolution, fetchOptions(folder, { maxBytes: 100_000 })));
      expect(error).toMatchObject({ code: "file_too_large" });
      await gone(folder);
    },
    timeoutMs,
  );

  test(
    "ends a fetch with the signal's reason, leaves no process, and goes on later where it stopped",
    async () => {
      await using fixture = await create();
      const { downloader, folder } = fixture;
      const resolution = await downloader.resolve(halting(), { folder, signal: never });
      const abort = new AbortController();
      const reason = new Error("cancelled");
      let reached = 0;
      const stopped = fetchOptions(folder, {
        signal: abort.signal,
        onProgress: ({ downloadedBytes }) => {
          reached = downloadedBytes;
          if (reached > 300_000) abort.abort(reason);
        },
      });
      expect(await caught(downloader.fetch(resolution, stopped))).toBe(reason);
      await gone(folder);

      const seen: number[] = [];
      const onProgress = ({ downloadedBytes }: FetchProgress) => seen.push(downloadedBytes);
      const [stream] = await downloader.fetch(resolution, fetchOptions(folder, { onProgress }));
      expect(seen[0]).toBeGreaterThanOrEqual(300_000);
      expect((await stat(stream?.path ?? "")).size).toBe(resolution.streams[0]?.bytes ?? 0);
    },
    timeoutMs,
  );
}
