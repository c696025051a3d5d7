import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { eventually, fewUnlessWhole } from "@vidferry/testing";
import type { WorkFolder } from "../../../../pipeline/work-folders.ts";
import { startTestSite, type TestSite } from "../test-site.ts";

// The genuine yt-dlp, which fetches what is not left to our own transfer.
const limitMs = 180_000;
const bytes = 400_000;
/** Where the first answer of a file breaks off, or falls silent. */
const brokenAt = 300_000;

/** How the origin answers at the moment. */
interface Answering {
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Falls silent at {@link brokenAt}, or closes the connection there and goes on to answer otherwise. */
  readonly breaks?: "silent" | { readonly next: Answering };
  /** Sends ranges whatever `If-Range` says. */
  readonly ignoresCondition?: boolean;
}

let site: TestSite;
let folder: WorkFolder;
let answering: Answering;
let asked: { readonly range: string | undefined; readonly condition: string | undefined }[] = [];

/** Files of a stream by path; null: falls silent. */
let stream: Readonly<Record<string, string | Buffer | null>> = {};

function answer(request: IncomingMessage, response: ServerResponse): void {
  const file = stream[request.url ?? ""];
  if (file === null) return void response.writeHead(200, { "content-length": 1_000 }).flushHeaders();
  if (file !== undefined) return void response.writeHead(200, { "content-type": "application/x-mpegurl" }).end(file);
  const { body, headers = {}, breaks, ignoresCondition } = answering;
  const { range } = request.headers;
  const condition = request.headers["if-range"]?.toString();
  asked.push({ range, condition });
  const validator = headers["etag"] ?? headers["last-modified"];
  const isHonoured = condition === undefined || condition === validator || ignoresCondition;
  const from = isHonoured ? Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0) : 0;
  if (from >= body.length) return void response.writeHead(416).end();
  const sent = body.subarray(from);
  const partial = from > 0 ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {};
  const head = { "content-type": "video/mp4", "content-length": sent.length, ...headers, ...partial };
  response.writeHead(from > 0 ? 206 : 200, head);
  // The first look at the link reads its beginning alone.
  if (breaks === undefined || asked.length === 1) return void response.end(sent);
  response.write(sent.subarray(0, brokenAt), () => {
    if (breaks === "silent") return;
    answering = breaks.next;
    response.socket?.destroySoon();
  });
}

beforeAll(async () => {
  site = await startTestSite(answer);
}, limitMs);
afterAll(() => site[Symbol.asyncDispose]());
beforeEach(async () => {
  asked = [];
  folder = await site.folder();
});

const old = randomBytes(bytes);
const newer = randomBytes(bytes);
const tagged = (tag: string) => ({ etag: `"${tag}"` });

/** A fetch of whatever the origin has at the moment. */
async function fetchAll(signal?: AbortSignal, path = "/clip.mp4"): Promise<Buffer> {
  const [fetched] = await site.fetch(await site.resolve(path, folder), folder, signal);
  return await readFile(fetched?.path ?? "");
}

/** A fetch that is aborted when so much of the file is there. */
async function halfway(first: Answering): Promise<void> {
  answering = { ...first, breaks: "silent" };
  const halt = new AbortController();
  const half = fetchAll(halt.signal).catch(() => null);
  const parts = join(folder.path, "yt-dlp/parts");
  await eventually(async () => {
    const part = (await readdir(parts)).find((name) => name.endsWith(".part")) ?? "";
    return (await stat(join(parts, part))).size > brokenAt / 2;
  });
  halt.abort();
  expect(await half).toBeNull();
  asked = [];
  // The look at the link is over.
  asked.push({ range: undefined, condition: undefined });
}

describe("a part that yt-dlp has left", () => {
  test(
    "is continued while the source has that very file",
    async () => {
      await halfway({ body: old, headers: tagged("one") });
      answering = { body: old, headers: tagged("one") };
      expect((await fetchAll()).equals(old)).toBe(true);
      expect(asked.at(-1)).toEqual({ range: expect.stringMatching(/^bytes=[1-9]\d*-$/), condition: '"one"' });
    },
    limitMs,
  );

  const modified = (day: string) => ({ "last-modified": `${day} Mar 2026 00:00:00 GMT` });
  const replaced: readonly (readonly [string, Answering, Answering])[] = [
    ["by one of another tag", { body: old, headers: tagged("one") }, { body: newer, headers: tagged("two") }],
    [
      "by one of another tag, at an origin that ignores conditions",
      { body: old, headers: tagged("one") },
      { body: newer, headers: tagged("two"), ignoresCondition: true },
    ],
    [
      "by one of another date",
      { body: old, headers: modified("Sun, 01") },
      { body: newer, headers: modified("Mon, 02") },
    ],
    ["by one that only its content tells apart", { body: old }, { body: newer }],
    [
      "by one that ends before the part does",
      { body: old, headers: tagged("one") },
      { body: newer.subarray(0, 1_000), headers: tagged("one"), ignoresCondition: true },
    ],
  ];
  // An origin that tells, one that does not, and a part that goes on nowhere.
  const few = [
    "by one of another tag",
    "by one that only its content tells apart",
    "by one that ends before the part does",
  ];
  test.each(fewUnlessWhole(replaced, ([how]) => few.includes(how)))(
    "has no byte in the result when the file was replaced %s",
    async (_, first, second) => {
      await halfway(first);
      answering = second;
      expect((await fetchAll()).equals(second.body)).toBe(true);
    },
    limitMs,
  );
});

test(
  "a file that is replaced while yt-dlp fetches it is fetched anew",
  async () => {
    const next = { body: newer, headers: tagged("two"), ignoresCondition: true };
    answering = { body: old, headers: tagged("one"), breaks: { next } };
    expect((await fetchAll()).equals(newer)).toBe(true);
    expect(await readdir(join(folder.path, "yt-dlp/parts"))).toEqual([]);
  },
  limitMs,
);

test(
  "segments of a stream that was replaced meanwhile are not joined with those of the new one",
  async () => {
    const list = (seconds: number) =>
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n${[0, 1].map((one) => `#EXTINF:${seconds},\n${one}.ts\n`).join("")}#EXT-X-ENDLIST\n`;
    const [one, two, three] = [1, 2, 3].map(() => randomBytes(1_000));
    if (!one || !two || !three) throw new Error("no segments");
    const fetchStream = (signal?: AbortSignal) => fetchAll(signal, "/list.m3u8");
    stream = { "/list.m3u8": list(4), "/0.ts": one, "/1.ts": null };
    const halt = new AbortController();
    const half = fetchStream(halt.signal).catch(() => null);
    const parts = join(folder.path, "yt-dlp/parts");
    await eventually(async () => {
      const names = await readdir(parts);
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(parts, name))).size));
      return names.some((name) => name.endsWith(".ytdl")) && sizes.includes(1_000);
    });
    halt.abort();
    // yt-dlp waits for what its threads fetch.
    stream = { ...stream, "/1.ts": "" };
    site.server.closeAllConnections();
    expect(await half).toBeNull();
    stream = { "/list.m3u8": list(5), "/0.ts": two, "/1.ts": three };
    expect((await fetchStream()).equals(Buffer.concat([two, three]))).toBe(true);
  },
  limitMs,
);
