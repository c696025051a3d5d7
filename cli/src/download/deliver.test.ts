import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job, StoredArtifact } from "@vidferry/core";
import { type TempDir, tempDir } from "@vidferry/testing";
import { deliver } from "./deliver.ts";
import { savedResults } from "./saved-files.ts";

let dir: TempDir;
let out: string;
beforeEach(async () => {
  dir = await tempDir("vidferry-deliver");
  out = join(dir.path, "out");
  await mkdir(out);
});
afterEach(() => dir[Symbol.asyncDispose]());

const saved = () => savedResults(out, join(dir.path, "saved.jsonl"));
const pathOf = (key: string) => Promise.resolve(join(dir.path, key));

/** A finished job whose files lie in the store; `files` are names with the languages of subtitles. */
async function finished(id: string, files: Readonly<Record<string, string | null>>): Promise<Job> {
  const artifacts = Object.entries(files).map(async ([fileName, language], index) => {
    const text = `${id} ${fileName}`;
    await writeFile(join(dir.path, `${id}-${index}`), text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    return { storageKey: `${id}-${index}`, fileName, language, bytes: text.length, sha256 } as StoredArtifact;
  });
  const request = { url: `https://www.youtube.com/watch?v=${id}`, output: { type: "video" } } as Job["request"];
  return { id: `job_${id}`, media: null, request, artifacts: await Promise.all(artifacts) } as Partial<Job> as Job;
}
const save = (job: Job, key: string, force = false) =>
  deliver(job, key, { directory: out, saved: saved(), force, pathOf });
const names = async () => (await readdir(out)).sort();

describe("delivering the results of a download", () => {
  test("files of videos of one title get the same number, so that subtitles stay with their video", async () => {
    const files = { "Twin.mp4": null, "Twin.en.srt": "en", "Twin.jpg": null, "Twin.info.json": null };
    const twins = await Promise.all(["a", "b", "c"].map((id) => finished(id, files)));
    await Promise.all(twins.map((job) => save(job, job.id)));
    const set = (number: string) => [
      `Twin${number}.en.srt`,
      `Twin${number}.info.json`,
      `Twin${number}.jpg`,
      `Twin${number}.mp4`,
    ];
    expect(await names()).toEqual([...set(""), ...set(" (2)"), ...set(" (3)")].sort());
    const owner = async (name: string) => (await readFile(join(out, name), "utf8"))[0];
    for (const number of ["", " (2)", " (3)"]) expect(new Set(await Promise.all(set(number).map(owner))).size).toBe(1);
  });

  test("a name that only its subtitle finds taken moves the whole set on", async () => {
    await writeFile(join(out, "Film.en.srt"), "my own");
    await save(await finished("a", { "Film.mp4": null, "Film.en.srt": "en" }), "a");
    expect(await names()).toEqual(["Film (2).en.srt", "Film (2).mp4", "Film.en.srt"]);
    expect(await readFile(join(out, "Film.en.srt"), "utf8")).toBe("my own");
  });

  test("names that the file system finds too long are cut, all of a job alike, and told apart by their numbers", async () => {
    const title = "長い題名".repeat(30);
    const files = { [`${title}.mp4`]: null, [`${title}.en.srt`]: "en" };
    const done = [];
    for (const id of ["a", "b"]) done.push(await save(await finished(id, files), id));
    const stem = done[0]?.files[0]?.name.replace(/\.mp4$/, "") ?? "";
    expect(title).toStartWith(stem);
    const set = (number: string) => [`${stem}${number}.mp4`, `${stem}${number}.en.srt`];
    expect(done.map(({ files: saved }) => saved.map(({ name }) => name))).toEqual([set(""), set(" (2)")]);
    const made = await names();
    expect(made).toEqual([...set(""), ...set(" (2)")].sort());
    for (const name of made) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(143);
  });

  test("two files of one job that would have one name are told apart", async () => {
    await save(await finished("a", { "Film.mp4": null, "film.MP4": null }), "a");
    expect(await names()).toHaveLength(2);
  });

  test("a run that was killed between two files is finished by the next one, whichever had moved", async () => {
    const job = await finished("a", { "Film.mp4": null, "Film.en.srt": "en", "Film.jpg": null });
    const stuck = deliver(job, "a", {
      directory: out,
      saved: saved(),
      pathOf: async (key) => (key === "a-1" ? join(dir.path, "nowhere") : pathOf(key)),
    });
    await expect(stuck).rejects.toMatchObject({ code: "ENOENT" });
    expect(await names()).toEqual(["Film.mp4"]);
    // As on a disk without hard links, where the file itself moves.
    await rm(await pathOf("a-0"));
    const done = await save(job, "a");
    expect(done.files.map(({ name }) => name)).toEqual(["Film.mp4", "Film.en.srt", "Film.jpg"]);
    expect(await names()).toEqual(["Film.en.srt", "Film.jpg", "Film.mp4"]);
  });

  test("a torn last line of the record hides nothing that was written before and after", async () => {
    await save(await finished("a", { "A.mp4": null }), "a");
    await writeFile(join(dir.path, "saved.jsonl"), '{"version":1,"key":"b","jo', { flag: "a" });
    await save(await finished("c", { "C.mp4": null }), "c");
    expect((await saved().find("a"))?.complete).toBe(true);
    expect(await saved().find("b")).toBeNull();
    expect((await saved().find("c"))?.complete).toBe(true);
  });
});

describe("names with folders", () => {
  test("are placed in them, all files of a job with one number, and are found again", async () => {
    const files = { "Channel/2026/Film.mp4": null, "Channel/2026/Film.en.srt": "en", "Channel/2026/Film.nfo": null };
    await save(await finished("a", files), "a");
    const { files: second } = await save(await finished("b", files), "b");
    expect(second.map(({ name }) => name)).toEqual([
      "Channel/2026/Film (2).mp4",
      "Channel/2026/Film (2).en.srt",
      "Channel/2026/Film (2).nfo",
    ]);
    expect(await readFile(join(out, "Channel/2026/Film.en.srt"), "utf8")).toBe("a Channel/2026/Film.en.srt");
    expect(await saved().intact(second)).toHaveLength(3);
  });

  test("that differ in their folders alone are not told apart by numbers", async () => {
    const { files } = await save(await finished("a", { "One/Film.mp4": null, "Two/Film.mp4": null }), "a");
    expect(files.map(({ name }) => name)).toEqual(["One/Film.mp4", "Two/Film.mp4"]);
    const twins = await save(await finished("b", { "Three/Film.mp4": null, "three/film.mp4": null }), "b");
    expect(twins.files.map(({ name }) => name)).toEqual(["Three/Film.mp4", "three/film-2.mp4"]);
  });

  test("are not placed through a file that is in the way", async () => {
    await writeFile(join(out, "Channel"), "my own");
    const job = await finished("a", { "Channel/Film.mp4": null });
    await expect(save(job, "a")).rejects.toMatchObject({ code: expect.stringMatching(/EEXIST|ENOTDIR/) });
    expect(await readFile(join(out, "Channel"), "utf8")).toBe("my own");
  });
});

describe("what was saved", () => {
  test("is known while its content stays, also after a copy that changed its time; not when it was changed or deleted", async () => {
    const { files } = await save(await finished("a", { "A.mp4": null, "A.en.srt": "en" }), "a");
    const intact = async () => (await saved().intact(files)).map(({ name }) => name);
    expect(await intact()).toEqual(["A.mp4", "A.en.srt"]);
    await utimes(join(out, "A.mp4"), 1, 1);
    expect(await intact()).toEqual(["A.mp4", "A.en.srt"]);
    const text = await readFile(join(out, "A.mp4"), "utf8");
    await writeFile(join(out, "A.mp4"), text.toUpperCase());
    await rm(join(out, "A.en.srt"));
    expect(await intact()).toEqual([]);
  });

  test("is not doubled when only one of its files was deleted, and is not overwritten when it was changed", async () => {
    const files = { "A.mp4": null, "A.en.srt": "en" };
    await save(await finished("a", files), "k");
    await rm(join(out, "A.en.srt"));
    await save(await finished("b", files), "k");
    expect(await names()).toEqual(["A.en.srt", "A.mp4"]);
    await writeFile(join(out, "A.mp4"), "edited");
    const again = await save(await finished("c", files), "k");
    expect(again.files.map(({ name }) => name)).toEqual(["A (2).mp4", "A (2).en.srt"]);
    expect(await readFile(join(out, "A.mp4"), "utf8")).toBe("edited");
  });

  test("is kept beside what --force saves anew, and the video is remembered when all of it is gone", async () => {
    await save(await finished("a", { "A.mp4": null }), "k");
    await save(await finished("b", { "A.mp4": null }), "k", true);
    expect(await names()).toEqual(["A (2).mp4", "A.mp4"]);
    for (const name of await names()) await rm(join(out, name));
    expect(await saved().everSaved("video")).toEqual(
      new Set(["a", "b"].map((id) => `https://www.youtube.com/watch?v=${id}`)),
    );
    expect(await saved().everSaved("audio")).toEqual(new Set());
  });

  test("by an earlier version, which wrote no links, is recognised by its page", async () => {
    const page = "https://www.youtube.com/watch?v=old";
    const record = {
      version: 1,
      key: "k",
      jobId: "job_1",
      number: 1,
      media: { webpageUrl: page },
      files: [],
      complete: true,
    };
    await writeFile(join(dir.path, "saved.jsonl"), `${JSON.stringify(record)}\n`);
    for (const output of ["video", "audio"] as const) expect(await saved().everSaved(output)).toEqual(new Set([page]));
  });
});
