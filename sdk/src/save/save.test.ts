import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { JobFailedError, SaveError, VidferryError } from "../errors.ts";
import { frames, jobEvent, sampleArtifact, sampleJob } from "../testing/sample-job.ts";
import { json, problem, refused, type Step, scriptedFetch } from "../testing/scripted-fetch.ts";
import type { DownloadJob } from "../types.ts";
import { Vidferry } from "../vidferry.ts";
import { beginDigest } from "./digest.ts";
import type { SaveProgress } from "./options.ts";
import { place } from "./place.ts";
import { filesOf } from "./platform.ts";
import { saveToFile } from "./to-file.ts";

const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const video = sampleArtifact({ fileName: "A title.mp4", bytes: bytes.length, sha256 });
const job = sampleJob({ state: "succeeded", artifacts: [video] });
/** A part as it was filled, and as nothing else is. */
async function filledAt(path: string) {
  const { ino, dev, size } = await stat(path);
  return { path, ino, dev, bytes: size, isWhole: async () => false };
}

const partName = `.vidferry-${sha256.slice(0, 32)}.part`;

/** A body of pieces; an error as the last one breaks the connection, null leaves it open and silent. */
function body(...pieces: readonly (Uint8Array | Error | null)[]): ReadableStream<Uint8Array> {
  const rest = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const piece = rest.shift();
      if (piece === undefined) controller.close();
      else if (piece instanceof Error) controller.error(piece);
      else if (piece !== null) controller.enqueue(piece);
      else return new Promise(() => undefined);
      return undefined;
    },
  });
}

const headersOf = (from: number, tag: string) => ({
  etag: tag,
  ...(from === 0 ? {} : { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
});

/** The file from an offset on, of which some pieces come. */
const part =
  (from: number, pieces: readonly (Uint8Array | Error | null)[], tag = `"${sha256}"`): Step =>
  () =>
    new Response(body(...pieces), { status: from === 0 ? 200 : 206, headers: headersOf(from, tag) });

const rest = (from: number): Step => part(from, [bytes.subarray(from)]);

function client(...steps: readonly Step[]) {
  const { fetch, sent } = scriptedFetch(...steps);
  const asked = () => sent.map(({ headers }) => [headers.get("range"), headers.get("if-range")]);
  return { downloads: new Vidferry({ baseUrl: "http://service.test", fetch }).downloads, sent, asked };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "saved",
    (error: unknown) => error,
  );

/** A stream that keeps what is written. */
function sink(over: Partial<UnderlyingSink<Uint8Array>> = {}) {
  const state = { written: 0, closed: false, aborted: undefined as unknown };
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) => {
      state.written += chunk.length;
    },
    close: () => {
      state.closed = true;
    },
    abort: (reason) => {
      state.aborted = reason;
    },
    ...over,
  });
  return { stream, state };
}

describe("saving into a folder", () => {
  test("puts every file under its name, in folders of its own, and tells how far it is", async () => {
    await using dir = await tempDir("save");
    const text = new TextEncoder().encode("words");
    const words = sampleArtifact({
      id: "art_2",
      kind: "transcript",
      fileName: "Channel/A title.txt",
      bytes: text.length,
      sha256: createHash("sha256").update(text).digest("hex"),
    });
    const both = sampleJob({ state: "succeeded", artifacts: [video, words] });
    const { downloads } = client(rest(0), () => new Response(text));
    const told: SaveProgress[] = [];
    const saved = await downloads.save(both, dir.path, { onProgress: (progress) => told.push(progress) });
    expect(saved.files.map(({ path }) => path)).toEqual([
      join(dir.path, "A title.mp4"),
      join(dir.path, "Channel/A title.txt"),
    ]);
    expect(await readdir(dir.path, { recursive: true }).then((names) => names.toSorted())).toEqual([
      "A title.mp4",
      "Channel",
      "Channel/A title.txt",
    ]);
    expect(new Uint8Array(await readFile(join(dir.path, "A title.mp4")))).toEqual(bytes);
    expect(told.at(0)).toMatchObject({ artifact: video, savedBytes: 0, totalBytes: 10_005 });
    expect(told.at(-1)).toMatchObject({ artifact: words, savedBytes: 10_005, totalBytes: 10_005 });
  });

  test("goes on after the last byte when connections break, go silent, end early or are refused", async () => {
    await using dir = await tempDir("save");
    const { downloads, asked } = client(
      part(0, [bytes.subarray(0, 4_000), new Error("reset")]),
      refused,
      part(4_000, [bytes.subarray(4_000, 5_000), null]),
      part(5_000, [bytes.subarray(5_000, 6_000)]),
      problem(503, "unavailable"),
      rest(6_000),
    );
    const { files } = await downloads.save(job, `${dir.path}/new/`, { silenceMs: 50 });
    expect(new Uint8Array(await readFile(files[0]?.path ?? ""))).toEqual(bytes);
    const tag = `"${sha256}"`;
    expect(asked()).toEqual([
      [null, null],
      ["bytes=4000-", tag],
      ["bytes=4000-", tag],
      ["bytes=5000-", tag],
      ["bytes=6000-", tag],
      ["bytes=6000-", tag],
    ]);
  });

  test("goes on with what an earlier save left, and asks for nothing that is there", async () => {
    await using dir = await tempDir("save");
    await Bun.write(join(dir.path, partName), bytes.subarray(0, 7_000));
    const { downloads, asked } = client(rest(7_000));
    await downloads.save(job, dir.path);
    await downloads.save(job, dir.path);
    expect(asked()).toEqual([["bytes=7000-", `"${sha256}"`]]);
    expect(await readdir(dir.path)).toEqual(["A title.mp4"]);
  });

  test.each([
    ["other bytes", bytes.subarray(1, 7_001)],
    ["too many bytes", new Uint8Array(20_000)],
  ])("begins anew when what is there has %s", async (_, left) => {
    await using dir = await tempDir("save");
    await Bun.write(join(dir.path, partName), left);
    const steps = left.length > bytes.length ? [rest(0)] : [rest(left.length), rest(0)];
    const { downloads, sent } = client(...steps);
    await downloads.save(job, dir.path);
    expect(sent.length).toBe(steps.length);
    expect(new Uint8Array(await readFile(join(dir.path, "A title.mp4")))).toEqual(bytes);
  });

  test("takes a storage's own tag, which it does not know before, and answers that hold all of it", async () => {
    await using dir = await tempDir("save");
    const { downloads, asked } = client(
      part(0, [bytes.subarray(0, 4_000), new Error("reset")], '"storage-1"'),
      part(4_000, [bytes.subarray(4_000, 5_000), new Error("reset")], '"storage-1"'),
      // What ignores ranges.
      part(0, [bytes.subarray(0, 4_500), bytes.subarray(4_500)], '"storage-1"'),
    );
    await downloads.save(job, dir.path);
    expect(asked()).toEqual([
      [null, null],
      ["bytes=4000-", '"storage-1"'],
      ["bytes=5000-", '"storage-1"'],
    ]);
    await using other = await tempDir("save");
    await Bun.write(join(other.path, partName), bytes.subarray(0, 4_000));
    const resumed = client(part(0, [null], '"storage-1"'), part(4_000, [bytes.subarray(4_000)], '"storage-1"'));
    await resumed.downloads.save(job, other.path);
    expect(resumed.asked()).toEqual([
      ["bytes=4000-", `"${sha256}"`],
      ["bytes=4000-", '"storage-1"'],
    ]);
  });

  test("replaces a file of other content only when it may", async () => {
    await using dir = await tempDir("save");
    await Bun.write(join(dir.path, "A title.mp4"), "mine");
    const { downloads } = client(rest(0));
    expect(await failure(downloads.save(job, dir.path))).toMatchObject({ name: "SaveError", reason: "exists" });
    expect(await readFile(join(dir.path, "A title.mp4"), "utf8")).toBe("mine");
    await downloads.save(job, dir.path, { overwrite: true });
    expect(new Uint8Array(await readFile(join(dir.path, "A title.mp4")))).toEqual(bytes);
  });

  test.each(["../A title.mp4", "/etc/vidferry", "a/../../b", ""])("refuses the name %p", async (fileName) => {
    await using dir = await tempDir("save");
    const bad = sampleJob({ state: "succeeded", artifacts: [{ ...video, fileName }] });
    expect(await failure(client().downloads.save(bad, dir.path))).toMatchObject({ reason: "unsafe_name" });
  });

  test.each([".bashrc", ".ssh/authorized_keys", "Channel/.hidden.mp4", "Channel\\.hidden.mp4"])(
    "refuses the hidden name %p, which no service gives",
    async (fileName) => {
      await using dir = await tempDir("save");
      const bad = sampleJob({ state: "succeeded", artifacts: [{ ...video, fileName }] });
      expect(await failure(client(rest(0)).downloads.save(bad, dir.path))).toMatchObject({ reason: "unsafe_name" });
      expect(await readdir(dir.path)).toEqual([]);
    },
  );

  test("never replaces a file that came to the name while its bytes came", async () => {
    await using dir = await tempDir("save");
    const path = join(dir.path, "A title.mp4");
    const other: Step = async () => {
      await Bun.write(path, "mine");
      return new Response(body(bytes), { headers: headersOf(0, `"${sha256}"`) });
    };
    expect(await failure(client(other).downloads.save(job, dir.path))).toMatchObject({ reason: "exists", path });
    expect(await readFile(path, "utf8")).toBe("mine");
    // What came is kept: with another place for the other file, nothing comes twice.
    await rm(path);
    await client().downloads.save(job, dir.path);
    expect(await readdir(dir.path)).toEqual(["A title.mp4"]);
  });

  test("is content with the same bytes that another save put there meanwhile", async () => {
    await using dir = await tempDir("save");
    const path = join(dir.path, "A title.mp4");
    const meanwhile: Step = async () => {
      await Bun.write(path, bytes);
      return new Response(body(bytes), { headers: headersOf(0, `"${sha256}"`) });
    };
    expect((await client(meanwhile).downloads.save(job, dir.path)).files[0]?.path).toBe(path);
    expect(await readdir(dir.path)).toEqual(["A title.mp4"]);
  });

  test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP"])(
    "gives names without hard links, where %s says there are none",
    async (code) => {
      await using dir = await tempDir("save");
      const refused = () => Promise.reject(Object.assign(new Error("no links"), { code }));
      const [part, path] = [join(dir.path, "part"), join(dir.path, "A title.mp4")];
      const files = { open, rename, rm, stat, link: refused };
      await Bun.write(part, bytes);
      await Bun.write(path, "mine");
      const filled = await filledAt(part);
      expect(await place(files, filled, path, false)).toBe("taken");
      expect(await readFile(path, "utf8")).toBe("mine");
      await rm(path);
      expect(await place(files, filled, path, false)).toBe("placed");
      expect(await readdir(dir.path)).toEqual(["A title.mp4"]);
      // The one that only held the name goes.
      await rm(path);
      expect(await place(files, filled, path, false)).toBe("lost");
      expect(await readdir(dir.path)).toEqual([]);
    },
  );

  test.each([true, false])(
    "takes nothing away that another save has put at its path since (overwrites: %p)",
    async (overwrite) => {
      await using dir = await tempDir("save");
      const [part, path] = [join(dir.path, "part"), join(dir.path, "A title.mp4")];
      await Bun.write(part, bytes);
      const theirs = join(dir.path, "theirs");
      await Bun.write(theirs, "a whole file of another save");
      const thenTheirs =
        (work: (from: string, to: string) => Promise<void>) =>
        async (from: string, to: string): Promise<void> => {
          await work(from, to);
          await rename(theirs, path);
        };
      const files = { open, rm, stat, link: thenTheirs(link), rename: thenTheirs(rename) };
      expect(await place(files, await filledAt(part), path, overwrite)).toBe("lost");
      expect(await readFile(path, "utf8")).toBe("a whole file of another save");
    },
  );

  test("takes the name of no part that another program has put there", async () => {
    await using dir = await tempDir("save");
    const [part, path] = [join(dir.path, "part"), join(dir.path, "A title.mp4")];
    await Bun.write(part, bytes);
    const filled = await filledAt(part);
    // On another disk the same number is another file.
    expect(await place({ open, rm, stat, link, rename }, { ...filled, dev: filled.dev + 1 }, path, true)).toBe("lost");
    expect(await readdir(dir.path)).toEqual(["part"]);
    // As it comes between a look and the link.
    const swapped = async (from: string, to: string): Promise<void> => {
      await rm(from);
      await Bun.write(from, "half");
      await link(from, to);
    };
    expect(await place({ open, rm, stat, link: swapped, rename }, filled, path, false)).toBe("lost");
    expect(await readdir(dir.path)).toEqual(["part"]);
    expect(await readFile(part, "utf8")).toBe("half");
  });

  test("of other content to one path at once, which may write over it, leaves one of them whole", async () => {
    await using dir = await tempDir("save");
    const { files, paths } = filesOf();
    const path = join(dir.path, "A title.mp4");
    const saveOf = (content: Uint8Array<ArrayBuffer>) => {
      const artifact = { ...video, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
      const toSave = { artifact, open: async () => new Response(content), onBytes: () => undefined };
      return saveToFile({ files, paths }, toSave, path, { overwrite: true });
    };
    const contents = Array.from({ length: 8 }, (_, index) => new Uint8Array(1_000 + index).fill(index));
    await Promise.all(contents.map(saveOf));
    expect(contents.map(({ length }) => length)).toContain((await stat(path)).size);
    expect(await readdir(dir.path)).toEqual(["A title.mp4"]);
  });

  test("gives names where the file system numbers a file anew with each name", async () => {
    await using dir = await tempDir("save");
    const { files, paths } = filesOf();
    const numbered = async (path: string) => Object.assign(await files.stat(path), { ino: Math.random() });
    const toSave = { artifact: video, open: async () => new Response(bytes), onBytes: () => undefined };
    const path = join(dir.path, "A title.mp4");
    await saveToFile({ files: { ...files, stat: numbered }, paths }, toSave, path, {});
    expect(await readdir(dir.path)).toEqual(["A title.mp4"]);
  });

  test("of the same content at once is done one after the other, and each has its file", async () => {
    await using dir = await tempDir("save");
    // Whoever is first fetches it for all in the folder; under another name it comes once more.
    const { downloads } = client(rest(0), rest(0));
    const saves = [dir.path, dir.path, dir.path, join(dir.path, "other.mp4")].map((to) => downloads.save(job, to));
    for (const { files } of await Promise.all(saves))
      expect(new Uint8Array(await readFile(files[0]?.path ?? ""))).toEqual(bytes);
    expect((await readdir(dir.path)).toSorted()).toEqual(["A title.mp4", "other.mp4"]);
    const waits = new AbortController();
    const held = part(0, [bytes.subarray(0, 5_000), null]);
    const running = client(held).downloads.save(job, `${dir.path}/held/`, { signal: waits.signal });
    const impatient = client().downloads.save(job, `${dir.path}/held/`, { signal: AbortSignal.abort("enough") });
    expect(await failure(impatient)).toBe("enough");
    waits.abort("over");
    expect(await failure(running)).toBe("over");
  });

  test.each([
    ["takes the part away", (path: string) => rm(path)],
    [
      "begins the part anew",
      async (path: string) => {
        await rm(path);
        await Bun.write(path, bytes.subarray(0, 100));
      },
    ],
  ])("goes on where another program %s", async (_, disturb) => {
    await using dir = await tempDir("save");
    for (const overwrite of [false, true]) {
      const folder = join(dir.path, String(overwrite));
      const disturbed: Step = async () => {
        await disturb(join(folder, partName));
        return new Response(body(bytes), { headers: headersOf(0, `"${sha256}"`) });
      };
      const then: Step = (request) => rest(Number(/\d+/.exec(request.headers.get("range") ?? "0")?.[0]))(request);
      await client(disturbed, then).downloads.save(job, `${folder}/`, { overwrite });
      expect(new Uint8Array(await readFile(join(folder, "A title.mp4")))).toEqual(bytes);
      expect(await readdir(folder)).toEqual(["A title.mp4"]);
    }
  });

  test.each([
    ["a symbolic link", (to: string, from: string) => symlink(to, from)],
    ["a link that leads nowhere", (to: string, from: string) => symlink(`${to}.none`, from)],
    ["a second name of a file", (to: string, from: string) => link(to, from)],
    ["a pipe", async (_: string, from: string) => void Bun.spawnSync(["mkfifo", from])],
  ])("writes through %s at the place of its part to nothing else", async (_, plant) => {
    await using dir = await tempDir("save");
    const [folder, mine] = [join(dir.path, "videos"), join(dir.path, "mine")];
    await mkdir(folder);
    await Bun.write(mine, "mine");
    await plant(mine, join(folder, partName));
    await client(rest(0)).downloads.save(job, folder);
    expect(await readdir(folder)).toEqual(["A title.mp4"]);
    expect(new Uint8Array(await readFile(join(folder, "A title.mp4")))).toEqual(bytes);
    expect([await readdir(dir.path).then((names) => names.toSorted()), await readFile(mine, "utf8")]).toEqual([
      ["mine", "videos"],
      "mine",
    ]);
  });

  test("refuses a digest that is none, which would name a file elsewhere", async () => {
    await using dir = await tempDir("save");
    const [folder, other] = [join(dir.path, "videos"), join(dir.path, "mine.part")];
    await mkdir(folder);
    await Bun.write(other, "mine");
    const bad = sampleJob({ state: "succeeded", artifacts: [{ ...video, sha256: "x/../../mine" }] });
    for (const target of [folder, join(folder, "clip.mp4")])
      expect(await failure(client(rest(0)).downloads.save(bad, target))).toMatchObject({ reason: "unsafe_name" });
    expect(await readFile(other, "utf8")).toBe("mine");
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("saving elsewhere", () => {
  test("a path takes the first file, or the first that is wanted", async () => {
    await using dir = await tempDir("save");
    const thumbnail = sampleArtifact({ id: "art_2", kind: "thumbnail" });
    const two = sampleJob({ state: "succeeded", artifacts: [thumbnail, video] });
    const path = join(dir.path, "some/clip.mp4");
    const { files } = await client(rest(0)).downloads.save(two, path, { only: ({ kind }) => kind === "video" });
    expect(files).toEqual([{ artifact: video, path }]);
    const none = await failure(client().downloads.save(two, path, { only: () => false }));
    expect(none).toMatchObject({ reason: "no_file", message: expect.stringContaining("none that is wanted") });
    const expired = sampleJob({ state: "succeeded", expiresAt: "2026-11-02T00:00:00.000Z" });
    expect(await failure(client().downloads.save(expired, path))).toMatchObject({
      message: expect.stringContaining("2026-11-02"),
    });
  });

  test("a stream is written and closed, over connections that break", async () => {
    const { stream, state } = sink();
    const { downloads } = client(part(0, [bytes.subarray(0, 4_000), new Error("reset")]), rest(4_000));
    expect((await downloads.save(job, stream)).files).toEqual([{ artifact: video, path: null }]);
    expect(state).toEqual({ written: 10_000, closed: true, aborted: undefined });
  });

  test("a stream that fails, or is full, is an error with its reason, and the connection goes", async () => {
    for (const [error, reason] of [
      [new Error("gone"), "not_writable"],
      [new DOMException("full", "QuotaExceededError"), "disk_full"],
    ] as const) {
      let cancelled = false;
      const open = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(bytes.subarray(0, 10)),
        cancel: () => {
          cancelled = true;
        },
      });
      const { stream } = sink({ write: () => Promise.reject(error) });
      expect(await failure(client(() => new Response(open)).downloads.save(job, stream))).toMatchObject({ reason });
      expect(cancelled).toBe(true);
    }
  });

  test("without files, as in a page, a path is refused before a job is made, and streams are checked all the same", async () => {
    const none = () => undefined;
    expect(() => filesOf(none)).toThrow(VidferryError);
    const digest = await beginDigest(none);
    digest.update(bytes);
    expect(digest.hex()).toBe(sha256);
    const { downloads, sent } = client();
    expect(await failure(downloads.save("https://youtu.be/dQw4w9WgXcQ", ""))).toBeInstanceOf(VidferryError);
    expect(sent).toEqual([]);
  });
});

describe("what is saved", () => {
  const url = "https://youtu.be/dQw4w9WgXcQ";
  const events =
    (over: Partial<DownloadJob>): Step =>
    () =>
      new Response(frames(jobEvent("1-0", { state: "running" }), jobEvent("2-0", over)), {
        headers: { "content-type": "text/event-stream" },
      });
  const done = events({ state: "succeeded", artifacts: [video] });

  test("is a job that is made for a link, or a request, or waited for", async () => {
    const cases = [url, { url, priority: "low" }, "job_1", sampleJob({ state: "running" })] as const;
    for (const what of cases) {
      const isNew = what === url || (typeof what === "object" && "url" in what);
      const { downloads, sent } = client(...(isNew ? [json(sampleJob(), 202)] : []), done, rest(0));
      const told: (string | null)[] = [];
      const onProgress = ({ job, artifact }: SaveProgress) => told.push(artifact === null ? job.state : "bytes");
      await downloads.save(what, sink().stream, { onProgress, idempotencyKey: "mine" });
      expect(told).toEqual(["running", "succeeded", "bytes"]);
      if (isNew) expect(sent[0]?.headers.get("idempotency-key")).toBe("mine");
    }
  });

  test("is nothing of a job that failed", async () => {
    const failed = sampleJob({ state: "failed" });
    expect(await failure(client().downloads.save(failed, sink().stream))).toBeInstanceOf(JobFailedError);
    const canceled = client(events({ state: "canceled" })).downloads;
    expect(await failure(canceled.save("job_1", sink().stream))).toBeInstanceOf(JobFailedError);
  });
});

describe("what goes wrong in a save", () => {
  test.each([
    ["is longer", () => new Response(body(bytes, bytes.subarray(0, 1)))],
    ["says another length", () => new Response(bytes.subarray(0, 9_000), { headers: { "content-length": "9000" } })],
    ["has another digest", () => new Response(bytes, { headers: { etag: `"${"0".repeat(64)}"` } })],
  ] as const)("a file that %s is not the job's any more", async (_, step) => {
    await using dir = await tempDir("save");
    expect(await failure(client(step).downloads.save(job, dir.path))).toMatchObject({
      name: "SaveError",
      reason: "changed",
      path: join(dir.path, "A title.mp4"),
    });
    const { stream, state } = sink();
    const error = await failure(client(step).downloads.save(job, stream));
    expect(error).toMatchObject({ reason: "changed", path: null });
    expect(state).toMatchObject({ closed: false, aborted: error });
  });

  test("a file that shrank under the transfer is not the job's any more", async () => {
    const shrunk: Step[] = [
      () =>
        new Response(body(bytes.subarray(5_000, 6_000)), {
          status: 206,
          headers: { "content-range": "bytes 5000-5999/6000" },
        }),
      problem(416, "range_not_satisfiable"),
    ];
    for (const step of shrunk) {
      const { downloads } = client(part(0, [bytes.subarray(0, 5_000)]), step);
      expect(await failure(downloads.save(job, sink().stream))).toMatchObject({ reason: "changed" });
    }
  });

  test("bytes that were changed on the way never get the file's name", async () => {
    await using dir = await tempDir("save");
    const other = bytes.toReversed();
    const { downloads } = client(part(0, [other]), part(0, [other]));
    expect(await failure(downloads.save(job, dir.path))).toMatchObject({ reason: "checksum" });
    expect(await readdir(dir.path)).toEqual([]);
    const { stream, state } = sink();
    expect(await failure(downloads.save(job, stream))).toMatchObject({ reason: "checksum" });
    expect(state.closed).toBe(false);
  });

  test("a full disk, and one that cannot be written, are told apart, and keep what came", async () => {
    await using dir = await tempDir("save");
    const { files, paths } = filesOf();
    /** The disk has room for so many bytes. */
    const fullAfter = async (most: number, path: string, flags: string | number) => {
      const file = await files.open(path, flags);
      const write: typeof file.write = async (...piece) => {
        if (piece[3] >= most) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        return await file.write(piece[0], piece[1], Math.min(piece[2], most - piece[3]), piece[3]);
      };
      return Object.assign(Object.create(file) as typeof file, {
        write,
        stat: () => file.stat(),
        sync: () => file.sync(),
        close: () => file.close(),
      });
    };
    const small = {
      files: { ...files, open: (...where: [string, string | number]) => fullAfter(7_000, ...where) },
      paths,
    };
    const toSave = { artifact: video, open: async () => new Response(bytes), onBytes: () => undefined };
    expect(await failure(saveToFile(small, toSave, join(dir.path, "A title.mp4"), {}))).toMatchObject({
      reason: "disk_full",
      message: expect.stringContaining("make room and save again"),
    });
    expect((await stat(join(dir.path, partName))).size).toBe(7_000);
    await Bun.write(join(dir.path, "file"), "");
    expect(await failure(client().downloads.save(job, join(dir.path, "file/clip.mp4")))).toMatchObject({
      reason: "not_writable",
    });
    await mkdir(join(dir.path, "A title.mp4"));
    const error = await failure(client().downloads.save(job, dir.path, { overwrite: true }));
    expect(error).toBeInstanceOf(SaveError);
  });

  test("a key that is revoked, and a service that stays away, end it with their errors", async () => {
    const { downloads } = client(part(0, [bytes.subarray(0, 5_000), new Error("reset")]), problem(401, "unauthorized"));
    expect(await failure(downloads.save(job, sink().stream))).toMatchObject({ status: 401 });
    const away = client(refused, refused, refused).downloads;
    expect(await failure(away.save(job, sink().stream, { maxReconnects: 1 }))).toMatchObject({
      name: "ConnectionError",
    });
    const limited = client(problem(429, "rate_limit_exceeded", { "retry-after-ms": "61000" })).downloads;
    expect(await failure(limited.save(job, sink().stream))).toMatchObject({ retryAfterMs: 61_000 });
  });

  test("an abort at any step is the signal's own reason, and leaves the part for the next save", async () => {
    await using dir = await tempDir("save");
    const reason = new Error("enough");
    const answer: Step = (request) => {
      request.signal.throwIfAborted();
      return new Response(body(bytes.subarray(0, 4_000), bytes.subarray(4_000, 5_000), null));
    };
    for (const stop of [0, 1, 2, 3]) {
      const abort = new AbortController();
      let steps = 0;
      const step = (): void => {
        if (steps++ === stop) abort.abort(reason);
      };
      const asked: Step = (request) => {
        step();
        return answer(request);
      };
      const saving = client(asked).downloads.save(job, `${dir.path}/${stop}/`, {
        signal: abort.signal,
        onProgress: step,
      });
      expect(await failure(saving)).toBe(reason);
    }
    const abort = new AbortController();
    const { stream, state } = sink({
      write: () => {
        abort.abort(reason);
        return new Promise(() => undefined);
      },
    });
    expect(await failure(client(answer).downloads.save(job, stream, { signal: abort.signal }))).toBe(reason);
    expect(state.closed).toBe(false);
    const { size } = Bun.file(join(dir.path, "3", partName));
    const { downloads, asked } = client(rest(size));
    await downloads.save(job, `${dir.path}/3/`);
    expect(asked()[0]?.[0]).toBe(`bytes=${size}-`);
    expect(size).toBeGreaterThan(0);
  });
});
