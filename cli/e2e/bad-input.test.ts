import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobResource } from "@vidferry/core";
import { fewUnlessWhole, freePort, type MediaOrigin, onlyWhole, startMediaOrigin } from "@vidferry/testing";
import { ffprobe } from "./ffprobe.ts";
import { filesBelow, type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";
import { mayMount, mountSmallDisk } from "./small-disk.ts";

const testWhole = onlyWhole(test);

const limitMs = 120_000;
const mebibyte = 1_048_576;
let origin: MediaOrigin;
let scene: Scene;
let service: Service;
beforeAll(async () => {
  origin = await startMediaOrigin();
  const opened = `127.0.0.1:${origin.port}`;
  scene = await setScene({
    directHosts: [opened],
    env: {
      ALLOW_PRIVATE_HOSTS: opened,
      WORKER_CONCURRENCY: "4",
      STALL_TIMEOUT_SECONDS: "6",
      MAX_FILE_BYTES: "4MiB",
      MAX_DURATION_SECONDS: "60",
    },
  });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
  await origin?.stop();
});

const small = { type: "video", quality: "144p" } as const;
const fetchOf = (job: JobResource) => fetch(service.url + job.artifacts[0]?.url);
/** Runs one job a link, side by side, and gives their ends. */
const runAll = (requests: readonly object[]) =>
  Promise.all(requests.map((request) => service.run({ url: "", output: small, maxAttempts: 1, ...request })));

describe("a request that is wrong", () => {
  const video = "https://www.youtube.com/watch?v=muxedOnly01";
  const wrong: readonly (readonly [what: string, body: unknown, code: string, path?: string])[] = [
    ["is not a URL", { url: "not a url" }, "unsupported_url"],
    ["is empty", { url: "" }, "invalid_request", "/url"],
    [
      "wants speech transcribed, and no server is set up for it",
      { url: video, subtitles: { transcribe: "missing" } },
      "not_configured",
      "/subtitles/transcribe",
    ],
    ["names another host", { url: "https://example.com/video.mp4" }, "host_not_allowed"],
    [
      "names a host that only looks like YouTube",
      { url: "https://youtube.com.example.org/watch?v=muxedOnly01" },
      "host_not_allowed",
    ],
    ["hides another host behind a user name", { url: "https://www.youtube.com@example.org/" }, "unsupported_url"],
    ["names a file", { url: "file:///etc/passwd" }, "unsupported_url"],
    ["names this machine", { url: "http://127.0.0.1/" }, "host_not_allowed"],
    ["names this machine by name", { url: "http://localhost:8080/" }, "host_not_allowed"],
    ["writes this machine as one number", { url: "http://2130706433/" }, "host_not_allowed"],
    ["writes this machine in hexadecimal", { url: "http://0x7f.1/" }, "host_not_allowed"],
    ["writes this machine in octal", { url: "http://0177.0.0.1/" }, "host_not_allowed"],
    ["writes this machine short", { url: "http://127.1/" }, "host_not_allowed"],
    ["writes this machine in IPv6", { url: "http://[::ffff:127.0.0.1]/" }, "host_not_allowed"],
    ["names a cloud's metadata", { url: "http://169.254.169.254/latest/meta-data/" }, "host_not_allowed"],
    ["is 10 KB long", { url: `${video}&x=${"a".repeat(10_240)}` }, "invalid_request", "/url"],
    ["has an unknown field", { url: video, qualty: "1080p" }, "invalid_request", "/qualty"],
    [
      "has an unknown field inside",
      { url: video, output: { type: "video", fps: 30 } },
      "invalid_request",
      "/output/fps",
    ],
    ["has a number for a URL", { url: 5 }, "invalid_request", "/url"],
    ["has no URL", {}, "invalid_request", "/url"],
    ["is a list", [video], "invalid_request"],
    [
      "has quality 999p",
      { url: video, output: { type: "video", quality: "999p" } },
      "invalid_request",
      "/output/quality",
    ],
    [
      "ends a clip before its start",
      { url: video, clip: { startSeconds: 9, endSeconds: 3 } },
      "invalid_request",
      "/clip/endSeconds",
    ],
    [
      "asks for clips that overlap",
      { url: video, clip: [{ endSeconds: 5 }, { startSeconds: 4 }] },
      "invalid_request",
      "/clip/1",
    ],
    [
      "splits clips of a list",
      { url: video, chapters: "split", clip: [{ endSeconds: 5 }, { startSeconds: 5 }] },
      "invalid_request",
      "/chapters",
    ],
    [
      "asks for sound in no language",
      { url: video, output: { type: "video", audioLanguage: "german!" } },
      "invalid_request",
      "/output/audioLanguage",
    ],
    [
      "asks for subtitles in no language",
      { url: video, subtitles: { languages: ["en", "x y"] } },
      "invalid_request",
      "/subtitles/languages/1",
    ],
    [
      "asks for a translation into no language",
      { url: video, subtitles: { translateTo: ["*"] } },
      "invalid_request",
      "/subtitles/translateTo/0",
    ],
    ["names files by an unknown field", { url: video, fileName: "{uploader}/{title}" }, "invalid_request", "/fileName"],
    ["names files outside their folder", { url: video, fileName: "../{title}" }, "invalid_request", "/fileName"],
    [
      "cuts out an unknown kind of segment",
      { url: video, sponsorBlock: ["ads"] },
      "invalid_request",
      "/sponsorBlock/0",
    ],
    [
      "asks for H.264 in WebM",
      { url: video, output: { type: "video", container: "webm", codec: "h264" } },
      "invalid_request",
      "/output/codec",
    ],
  ];

  // Each row in an array of its own: of a shorter row the runner would take the last argument for a callback.
  test.each(wrong.map((row) => [row[0], row]))("because it %s is refused with its code", async (_what, row) => {
    const [, body, code, field] = row as (typeof wrong)[number];
    const response = await service.post("/downloads", body);
    expect(response.status).toBe(422);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    const problem = (await response.json()) as { errors?: { path: string }[] };
    expect(problem).toMatchObject({ status: 422, code, retryable: false, title: expect.any(String) });
    if (field !== undefined) expect(problem.errors?.map(({ path }) => path)).toContain(field);
  });

  const send = (path: string, init: RequestInit = {}) => fetch(`${service.url}${path}`, init);
  const json = { "content-type": "application/json" };
  const spoilt: readonly (readonly [what: string, path: string, init: RequestInit, status: number, code: string])[] = [
    ["broken JSON", "/api/v1/downloads", { method: "POST", headers: json, body: '{"url":' }, 422, "invalid_request"],
    [
      "another type",
      "/api/v1/downloads",
      { method: "POST", headers: { "content-type": "text/plain" }, body: video },
      415,
      "unsupported_media_type",
    ],
    [
      "a huge body",
      "/api/v1/downloads",
      { method: "POST", headers: json, body: `{"url":"${"a".repeat(200_000)}"}` },
      413,
      "payload_too_large",
    ],
    ["a wrong method", "/api/v1/downloads", { method: "PUT" }, 405, "method_not_allowed"],
    ["a path that is not there", "/api/v1/nothing", {}, 404, "not_found"],
    ["a job that is not there", "/api/v1/downloads/job_01a2073beb0172dc98147973f1df6ed8", {}, 404, "not_found"],
    ["limit=0", "/api/v1/downloads?limit=0", {}, 422, "invalid_request"],
    ["a broken cursor", "/api/v1/downloads?cursor=%25broken", {}, 422, "invalid_request"],
  ];

  test.each(spoilt)("with %s is answered with a problem", async (_what, path, init, status, code) => {
    const response = await send(path, init);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    expect(await response.json()).toMatchObject({ status, code });
    expect(response.status).toBe(status);
  });
});

describe("a title", () => {
  test(
    "with emoji, slashes, dots, marks of direction or 400 characters becomes a safe file name that keeps what it can",
    async () => {
      const titles = fewUnlessWhole(
        [
          ["emojiTitle1", /^Smile 😀 & wave 👋🏽 — “quoted”\.mp4$/u],
          ["slashTitle1", /^a_b_c_ what_ _x_ _ _y_ _z_\.mp4$/],
          ["dotsTitle01", /^_\.\._etc_passwd\.mp4$/],
          ["rtlTitle001", /^invoicefdp\.exe שלום\.mp4$/],
          ["longTitle01", /^Long title Long title .*\.mp4$/],
        ] as const,
        ([id]) => id === "dotsTitle01",
      );
      const jobs = await runAll(titles.map(([id]) => ({ url: scene.youtube.url(id) })));
      expect(jobs.map(({ state }) => state)).toEqual(titles.map(() => "succeeded"));
      const names = jobs.map(({ artifacts }) => artifacts[0]?.fileName ?? "");
      for (const [index, [, name]] of titles.entries()) {
        expect(names[index]).toMatch(name);
        expect(Buffer.byteLength(names[index] ?? "")).toBeLessThanOrEqual(200);
      }
      for (const [index, job] of jobs.entries()) {
        const disposition = (await fetchOf(job)).headers.get("content-disposition") ?? "";
        expect(disposition).toMatch(
          /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''[A-Za-z0-9%!#$&+.^_`|~-]+$|^attachment; filename="[\x20-\x7e]+"$/,
        );
        const encoded = /filename\*=UTF-8''(.*)$/.exec(disposition)?.[1];
        const plain = /filename="([^"]*)"/.exec(disposition)?.[1];
        expect(encoded === undefined ? plain : decodeURIComponent(encoded)).toBe(names[index] ?? "");
      }
    },
    limitMs,
  );
});

describe("a source that is not what it seems", () => {
  test(
    "ends in a code of its own, also behind a redirect",
    async () => {
      const elsewhere = await freePort();
      const sources: Readonly<Record<string, readonly [url: string, codes: string]>> = {
        "a redirect to a private address": [
          origin.url(`redirect?to=http%3A%2F%2F127.0.0.1%3A${elsewhere}%2F`),
          "host_not_allowed",
        ],
        "a redirect to a cloud's metadata": [
          origin.url("redirect?to=http%3A%2F%2F169.254.169.254%2F"),
          "host_not_allowed",
        ],
        "media behind a redirect to a private address": [scene.youtube.url("redirectVid"), "host_not_allowed"],
        "an HLS text that is called MP4": [origin.url("disguised.mp4"), "output_invalid"],
        "an empty file": [origin.url("empty.mp4"), "source_error"],
        "a file without an end": [origin.url("endless.mp4"), "file_too_large"],
        "a file that is too large": [origin.url(`big/${30 * mebibyte}.mp4`), "file_too_large"],
        "a video that is too large": [scene.youtube.url("bigVideo001"), "file_too_large"],
        "a video that is too long": [scene.youtube.url("longVideo01"), "too_long"],
        "a source that falls silent": [origin.url("landscape/18.mp4", { stallAfterBytes: 100_000 }), "stalled"],
        "a page that is not there": [origin.url("status/404"), "video_removed"],
        "a server that fails": [origin.url("status/500"), "source_error"],
        "a page that is no video": [origin.url("landscape/nothing.vtt"), "video_removed"],
      };
      const few = [
        "a redirect to a private",
        "media behind",
        "an HLS text",
        "a file without an end",
        "a source that falls",
      ];
      const wanted = fewUnlessWhole(Object.entries(sources), ([what]) => few.some((begin) => what.startsWith(begin)));
      const jobs = await runAll(wanted.map(([, [url]]) => ({ url })));
      const seen = wanted.map(([what], index) => [what, jobs[index]?.error?.code ?? jobs[index]?.state]);
      expect(seen).toEqual(wanted.map(([what, [, code]]) => [what, code]));
      expect(jobs.flatMap(({ artifacts }) => artifacts)).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "is taken for what is good in it: a video without sound, a clip of a video that is too long",
    async () => {
      const [silent, soundless, clip] = await runAll([
        { url: scene.youtube.url("noAudioVid1") },
        { url: scene.youtube.url("noAudioVid1"), output: { type: "audio", format: "mp3" } },
        { url: scene.youtube.url("longVideo01"), clip: { startSeconds: 60, endSeconds: 90 } },
      ]);
      expect(silent).toMatchObject({ state: "succeeded", artifacts: [{ videoCodec: "h264", audioCodec: null }] });
      expect(soundless).toMatchObject({ state: "failed", error: { code: "format_unavailable" } });
      expect(clip?.state).toBe("succeeded");
    },
    limitMs,
  );

  test(
    "takes nothing down: everything is cleared away, and the next job succeeds",
    async () => {
      await nothingIsLeft(scene);
      const job = await service.run({ url: origin.url("landscape/18.mp4") });
      expect(job).toMatchObject({ state: "succeeded", media: { extractor: "generic" } });
      const path = join(scene.home, "next.mp4");
      await writeFile(path, new Uint8Array(await (await fetchOf(job)).arrayBuffer()));
      expect((await ffprobe(path)).video?.height).toBe(360);
      expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    },
    limitMs,
  );
});

describe("a full disk", () => {
  // Only root can make a disk that is small enough to be filled.
  test.if(mayMount)(
    "ends the job with disk_full and clears what was written, so that the next one fits",
    async () => {
      const work = await scene.folder("small-disk");
      using _ = mountSmallDisk(work, "6m");
      await using crowded = await startService(scene, {
        WORK_DIR: work,
        MAX_FILE_BYTES: "64MiB",
        // With the first one's database it would share the jobs, too.
        DATABASE_URL: `sqlite:${scene.home}/crowded.db`,
      });
      // One of which nobody knows the size, and one of which it is known.
      const large = [origin.url("endless.mp4"), scene.youtube.url("bigVideo001")];
      for (const url of fewUnlessWhole(large, (one) => one === large[0])) {
        const job = await crowded.run({ url, maxAttempts: 1 });
        expect(job).toMatchObject({ state: "failed", error: { code: "disk_full" }, artifacts: [] });
      }
      expect(await filesBelow(`${work}/jobs`)).toEqual([]);
      const next = await crowded.run({ url: scene.youtube.url("muxedOnly01") });
      expect(next.state).toBe("succeeded");
    },
    limitMs,
  );
});
