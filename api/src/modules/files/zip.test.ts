import { describe, expect, test } from "bun:test";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { createZip, type ZipEntry } from "./zip.ts";

const modifiedAt = new Date("2026-11-01T12:00:00Z");

function entry(name: string, content: string, over: Partial<ZipEntry> = {}): ZipEntry {
  const bytes = new TextEncoder().encode(content);
  return { name, bytes: bytes.length, modifiedAt, open: async () => new Blob([bytes]).stream(), ...over };
}

/** Unpacks with Python's reader, which is none of ours and checks every checksum. */
async function unpack(archive: Uint8Array): Promise<Record<string, string>> {
  await using dir = await tempDir("vidferry-zip");
  const out = join(dir.path, "out");
  await mkdir(out);
  await writeFile(join(dir.path, "a.zip"), archive);
  const program =
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])";
  const python = Bun.spawn(["python3", "-c", program, join(dir.path, "a.zip"), out], { stderr: "pipe" });
  expect(await python.exited, await new Response(python.stderr).text()).toBe(0);
  const names = await readdir(out);
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await readFile(join(out, n), "utf8")])));
}

/** What Python's reader says of an archive: how many files, the sizes of the first and the last, and the last one's text. */
async function lastOf(path: string): Promise<object> {
  const program =
    "import sys, json, zipfile; z = zipfile.ZipFile(sys.argv[1]); l = z.infolist();" +
    "print(json.dumps({'files': len(l), 'sizes': [l[0].file_size, l[-1].file_size], 'text': z.read(l[-1]).decode()}))";
  const python = Bun.spawn(["python3", "-c", program, path], { stderr: "pipe", stdout: "pipe" });
  expect(await python.exited, await new Response(python.stderr).text()).toBe(0);
  return (await new Response(python.stdout).json()) as object;
}

const broken: unknown[] = [];
const zipOf = (entries: readonly ZipEntry[]) => createZip(entries, (error) => broken.push(error));

const bytesOf = async (body: ReadableStream<Uint8Array>) => new Uint8Array(await new Response(body).arrayBuffer());

describe("a ZIP archive", () => {
  test("holds every file under its name and has the length that was announced", async () => {
    const { bytes, body } = zipOf([
      entry("Ünï 🎬.mp4", "film"),
      entry("Ünï 🎬.en.srt", "words"),
      entry("empty.txt", ""),
    ]);
    const archive = await bytesOf(body);
    expect(archive.byteLength).toBe(bytes);
    expect(await unpack(archive)).toEqual({ "Ünï 🎬.mp4": "film", "Ünï 🎬.en.srt": "words", "empty.txt": "" });
  });

  test("tells files of one name apart, also where only the case differs", async () => {
    const { body } = zipOf([
      entry("a.srt", "1"),
      entry("A.srt", "2"),
      entry("a.srt", "3"),
      entry(".x", "4"),
      entry(".x", "5"),
    ]);
    expect(Object.values(await unpack(await bytesOf(body))).sort()).toEqual(["1", "2", "3", "4", "5"]);
  });

  test.each([
    ["longer", 3],
    ["shorter", 5],
  ])("breaks off where a file is %s than recorded", async (_, bytes) => {
    const { body } = zipOf([entry("a.mp4", "film", { bytes })]);
    await expect(bytesOf(body)).rejects.toThrow("were recorded");
    expect(String(broken.pop())).toContain("were recorded");
  });

  test("numbers tens of thousands of files of one name", async () => {
    const many = 60_000;
    const empty = { name: "video.mp4", bytes: 0, modifiedAt, open: async () => new Blob([]).stream() };
    const { body } = zipOf(Array.from({ length: many }, () => empty));
    const reader = body.getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
  });

  test("holds more files than the first ZIP format can count", async () => {
    const many = 65_600;
    await using dir = await tempDir("vidferry-zip");
    const path = join(dir.path, "a.zip");
    const empty = { bytes: 0, modifiedAt, open: async () => new Blob([]).stream() };
    const entries = Array.from({ length: many - 1 }, (_, index) => ({ ...empty, name: `${index}.txt` }));
    const { bytes, body } = zipOf([...entries, entry("last.txt", "words")]);
    await writeFile(path, await bytesOf(body));
    expect((await stat(path)).size).toBe(bytes);
    expect(await lastOf(path)).toEqual({ files: many, sizes: [0, 5], text: "words" });
  });

  test("opens a file when it is its turn, and lets go of it when the reader leaves", async () => {
    const log: string[] = [];
    const source = (name: string) =>
      entry(name, "", {
        bytes: 4_000_000,
        open: async () => {
          log.push(`open ${name}`);
          return new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
            cancel: () => void log.push(`left ${name}`),
          });
        },
      });
    const reader = zipOf([source("a"), source("b")]).body.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    await reader.cancel();
    expect(log).toEqual(["open a", "left a"]);
  });

  test("lets go of a file that was being opened when the reader left", async () => {
    const [begun, opening, left] = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const late = entry("b", "film", {
      open: async () => {
        begun?.resolve();
        await opening?.promise;
        return new ReadableStream<Uint8Array>({ cancel: () => left?.resolve() });
      },
    });
    const reader = zipOf([entry("a", "words"), late]).body.getReader();
    const reading = (async () => {
      while (!(await reader.read()).done);
    })();
    await begun?.promise;
    await reader.cancel();
    await reading;
    opening?.resolve();
    await left?.promise;
  });
});
